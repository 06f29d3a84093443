/** Tests that what holds for one way to log in holds for each of them. */
import { randomUUID } from "node:crypto";
import type { WebAuthnEmulator } from "nid-webauthn-emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signFlaskSession, signRememberToken } from "../../../test/import/flask-application.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../test/passkeys.ts";
import { type Answer, linkIn, type Person } from "../../../test/person.ts";
import { codeTo, type ProviderApp, providerApp } from "../../../test/provider-app.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { transactional } from "../../../test/transaction.ts";
import { verifiesEmail } from "../../../test/two-factor.ts";
import type { Method } from "../../core/sessions/methods.ts";
import { trustDevice as trustDeviceIn } from "../../core/two-factor/trusted-devices.ts";
import { findUserByName } from "../../core/users/users.ts";

const trustDevice = transactional(trustDeviceIn);
const secret = "the secret key of the old application";
const flask = { FLASK_SECRET_KEY: secret, FLASK_COOKIES_UNTIL: "2100-01-01" };

let app: ProviderApp;
let ada: Person;
let id = "";
let device: WebAuthnEmulator;
let synced: WebAuthnEmulator;
beforeAll(async () => {
  app = await providerApp({ SIGNUP: "open", EMAIL_LOGIN: "on", TWO_FACTOR: "role:auditor", TWO_FACTOR_GRACE: "0", ...flask });
  ada = await app.person({ username: "ada" }).isLoggedIn();
  await verifiesEmail(app, ada);
  id = (await findUserByName(app.s, "ada"))?.id ?? "";
  [device, synced] = [passkeyDevice(), passkeyDevice()];
  for (const each of [device, synced]) await addsPasskey(ada, each);
  app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
  await app.continuesWith(ada, "?purpose=link");
  await ada.fillsIn("/login/link", {});
  await app.s.db.insertInto("imports").values({ id: "flask:7", user_id: id, digest: "", imported_at: app.s.now() }).execute();
});
beforeEach(async () => {
  for (const table of ["rate_limits", "sessions", "outbox", "provider_proofs", "one_time_tokens"] as const)
    await app.s.db.deleteFrom(table).execute();
  await app.s.db.updateTable("imports").set({ remember_spent_at: null }).execute();
  await app.s.db.updateTable("users").set({ two_factor_since: null, roles: "" }).execute();
});
afterAll(() => app.close());

/** Methods that begin a login. */
type FirstMethod = Exclude<
  Method,
  "user-verification" | "totp" | "recovery-code" | "trusted-device" | "provider-mfa" | `provider:${string}`
>;
type Way = (person: Person) => Promise<Answer>;

const asksForEmail = async (person: Person) => {
  const { token } = await person.opens("/login");
  return person.posts("/login/code", { csrf_token: token, email: ada.identity.email, password: "" });
};
const byProvider: Way = (person) => {
  app.peer.user = { sub: "ada", email: "ada@work.example", email_verified: true };
  return app.continuesWith(person);
};

/** Does not compile with a method that has no way here. */
const ways = {
  password: (person) => person.logsIn(),
  passkey: (person) => logsInByPasskey(person, device),
  "passkey-synced": (person) => logsInByPasskey(person, synced),
  "email-code": async (person) => {
    await asksForEmail(person);
    return person.fillsIn("/login/code", { code: await codeTo(app, ada.identity.email) });
  },
  "email-link": async (person) => {
    await asksForEmail(person);
    await person.opens(linkIn((await app.emails(ada.identity.email))[0], "/login/code/link"));
    return person.fillsIn("/login/code/link", {});
  },
  "legacy-cookie": (person) => {
    const session = JSON.stringify({ _user_id: "7", _id: randomUUID() });
    person.cookies.set("session", signFlaskSession(session, app.s.now(), secret));
    return person.opens("/dashboard");
  },
  "legacy-cookie, remembered": (person) => {
    person.cookies.set("remember_token", signRememberToken("7", secret));
    return person.opens("/login");
  },
  "provider:work": byProvider,
} as const satisfies Record<FirstMethod | "legacy-cookie, remembered" | "provider:work", Way>;

/** A browser of its own kind, which ada has not used. */
const newBrowser = (name: string) => app.person(ada.identity, { "user-agent": `${name.replaceAll(/[^a-z]/g, "")} browser` });
const isIn = async (person: Person) => (await person.opens("/settings")).status === 200;

describe.each(Object.entries(ways))("way in: %s", (name, logsIn) => {
  it(`${name}: the owner is told of a new device, and of a known one no more`, { tags: ["asvs-6.3.5"] }, async () => {
    const person = newBrowser(name);
    await logsIn(person);
    expect(await isIn(person)).toBe(true);
    const notices = async () => (await app.emails(ada.identity.email)).filter(({ kind }) => kind === "new-device-login");
    expect(await notices()).toHaveLength(1);
    expect(person.cookies.has("latchkey_device")).toBe(true);
    // Only the cookie tells from now on.
    await app.s.db.deleteFrom("rate_limits").execute();
    await app.s.db.deleteFrom("sessions").execute();
    await person.logsIn();
    expect(await isIn(person)).toBe(true);
    expect(await notices()).toHaveLength(1);
  });

  it(`${name}: a login that another user left on a page ends`, async () => {
    const person = newBrowser(name);
    app.peer.user = { sub: `left before ${name}`, email: "left@example.com", email_verified: true, preferred_username: "ada" };
    expect((await app.continuesWith(person)).location).toBe("/signup/provider");
    expect(person.cookies.has("latchkey_proof")).toBe(true);
    await logsIn(person);
    expect(await isIn(person)).toBe(true);
    expect(await app.s.db.selectFrom("provider_proofs").select("id").execute()).toEqual([]);
    expect(person.cookies.has("latchkey_proof")).toBe(false);
  });

  it(`${name}: a second factor is asked for, and there is no session without it`, { tags: ["asvs-6.3.4"] }, async () => {
    await app.s.db.updateTable("users").set({ two_factor_since: 1 }).execute();
    const person = newBrowser(name);
    const answer = await logsIn(person);
    // A passkey that verified its user is two factors by itself.
    const isPasskey = name.startsWith("passkey");
    if (!isPasskey) expect([answer.status, answer.location]).toEqual([303, "/login/two-factor"]);
    expect(await isIn(person)).toBe(isPasskey);
  });

  it(`${name}: a trusted browser skips the second step, and gets its next token`, async () => {
    await app.s.db.updateTable("users").set({ two_factor_since: 1 }).execute();
    const { token } = await trustDevice(app.s, id, requestFrom("203.0.113.9", "a browser"));
    const person = newBrowser(name);
    person.cookies.set("latchkey_trusted", token);
    await logsIn(person);
    expect(await isIn(person)).toBe(true);
    // A passkey that verified its user needs no trust.
    expect(person.cookies.get("latchkey_trusted") === token).toBe(name.startsWith("passkey"));
  });

  it(`${name}: a policy holds the session until it is fulfilled, also its first response`, { tags: ["asvs-6.3.3"] }, async () => {
    await app.s.db.updateTable("users").set({ roles: "auditor" }).execute();
    const person = newBrowser(name);
    const answer = await logsIn(person);
    expect(answer.status).toBe(303);
    const page = await person.opens("/settings/activity");
    expect([page.status, page.location]).toEqual([303, "/settings/two-factor"]);
  });
});
