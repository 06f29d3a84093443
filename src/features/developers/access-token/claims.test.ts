/** Tests what access tokens say about each way to log in. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noEmailLimits } from "../../../../test/email-limits.ts";
import { addsPasskey, logsInByPasskey, passkeyDevice, sendsScript, usesPasskey } from "../../../../test/passkeys.ts";
import { linkIn, type Person } from "../../../../test/person.ts";
import { codeTo, type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { flag, RawPasskey } from "../../../../test/raw-passkey.ts";
import { audience, requestToken, tokenIn } from "../../../../test/resource-server.ts";
import { addsPhone } from "../../../../test/two-factor.ts";

const minute = 60_000;

let app: ProviderApp;
beforeAll(async () => {
  const providers = { SIGNUP: "open", PROVIDER_WORK_TRUST_AMR: "on" };
  app = await providerApp({ TOKEN_AUDIENCES: audience, EMAIL_LOGIN: "on", ...providers, ...noEmailLimits }, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

let counter = 0;
const member = () => app.person({ username: `claims${counter++}` }).isLoggedIn();
/** The same user in another browser. */
const again = (person: Person) => app.person(person.identity);

/** A member with an authenticator app, in a browser that waits for its second step after the password. */
async function atSecondStep() {
  const owner = await member();
  const phone = await addsPhone(app, owner);
  const person = again(owner);
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  return { person, phone };
}

/** A member with this passkey, and two-factor authentication by it. */
async function withRawPasskey(key: RawPasskey, isFactor: boolean): Promise<Person> {
  const owner = await member();
  const { publicKey } = (await sendsScript(owner, "/settings/passkeys/options", {}, "/settings/passkeys")).json() as {
    publicKey: Parameters<RawPasskey["create"]>[0];
  };
  expect((await owner.fillsIn("/settings/passkeys", { new_passkey: key.create(publicKey) })).status).toBe(303);
  if (isFactor) expect((await owner.fillsIn("/settings/two-factor/on", {})).status).toBe(303);
  return again(owner);
}

async function requestedBy(person: Person, purpose: "login" | "two-factor", page: string) {
  const answer = await sendsScript(person, "/passkeys/options", { purpose }, page);
  return (answer.json() as { publicKey: { challenge: string } }).publicKey;
}

async function byEmailCode(person: Person): Promise<void> {
  expect((await person.fillsIn("/login/code", { email: person.identity.email })).status).toBe(303);
  await person.fillsIn("/login/code", { code: await codeTo(app, person.identity.email) });
}

type ClaimsOfProvider = Readonly<Record<string, unknown>>;

async function byProvider(idToken: (claims: ClaimsOfProvider) => ClaimsOfProvider = (claims) => claims): Promise<Person> {
  const sub = `claims${counter++}`;
  app.peer.user = { sub, email: `${sub}@example.com`, email_verified: true, preferred_username: sub };
  app.peer.lies = { idToken };
  const person = app.person();
  const { location } = await app.continuesWith(person);
  app.peer.lies = {};
  expect(location).toBe("/dashboard");
  return person;
}

interface Way {
  readonly name: string;
  readonly enters: () => Promise<Person>;
  readonly amr: readonly string[];
  readonly acr: "latchkey:1" | "latchkey:2";
}

/** A second step by email, by a recovery code or at a provider has no value in RFC 8176, and a skipped one proves nothing. */
const ways: readonly Way[] = [
  { name: "a password", enters: member, amr: ["pwd"], acr: "latchkey:1" },
  {
    name: "a password and an authenticator app",
    enters: async () => {
      const { person, phone } = await atSecondStep();
      await person.fillsIn("/login/two-factor", { code: phone.code() });
      return person;
    },
    amr: ["pwd", "otp", "mfa"],
    acr: "latchkey:2",
  },
  {
    name: "a password and a recovery code",
    enters: async () => {
      const { person, phone } = await atSecondStep();
      await person.fillsIn("/login/two-factor", { code: phone.recoveryCodes[0] ?? "" });
      return person;
    },
    amr: ["pwd", "mfa"],
    acr: "latchkey:2",
  },
  {
    name: "a password in a trusted browser",
    enters: async () => {
      const { person, phone } = await atSecondStep();
      await person.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
      await person.logsOut();
      expect((await person.logsIn()).location).toBe("/dashboard");
      return person;
    },
    amr: ["pwd"],
    acr: "latchkey:1",
  },
  {
    name: "a synchronized passkey",
    enters: async () => {
      const [owner, device] = [await member(), passkeyDevice()];
      await addsPasskey(owner, device);
      const person = again(owner);
      await logsInByPasskey(person, device);
      return person;
    },
    amr: ["swk", "user", "mfa"],
    acr: "latchkey:2",
  },
  {
    name: "a passkey of one device",
    enters: async () => {
      const key = new RawPasskey();
      const person = await withRawPasskey(key, false);
      const passkey = key.get(await requestedBy(person, "login", "/login?switch=1"));
      const { token } = await person.opens("/login?switch=1");
      await person.posts("/passkeys/verify", { csrf_token: token, passkey });
      return person;
    },
    amr: ["hwk", "user", "mfa"],
    acr: "latchkey:2",
  },
  {
    name: "a password and a passkey that verifies no user",
    enters: async () => {
      const key = new RawPasskey();
      const person = await withRawPasskey(key, true);
      await person.logsIn();
      const passkey = key.get(await requestedBy(person, "two-factor", "/login/two-factor"), { flags: flag.userPresent });
      const { token } = await person.opens("/login/two-factor");
      await person.posts("/passkeys/verify", { csrf_token: token, purpose: "two-factor", passkey });
      return person;
    },
    amr: ["pwd", "hwk", "mfa"],
    acr: "latchkey:2",
  },
  {
    name: "a password and a synchronized passkey",
    enters: async () => {
      const [owner, device] = [await member(), passkeyDevice()];
      await addsPasskey(owner, device);
      await owner.fillsIn("/settings/two-factor/on", {});
      const person = again(owner);
      await person.logsIn();
      const passkey = await usesPasskey(person, device, "two-factor", { page: "/login/two-factor" });
      const { token } = await person.opens("/login/two-factor");
      await person.posts("/passkeys/verify", { csrf_token: token, purpose: "two-factor", passkey });
      return person;
    },
    amr: ["pwd", "swk", "user", "mfa"],
    acr: "latchkey:2",
  },
  {
    name: "a code by email",
    enters: async () => {
      const person = again(await member());
      await byEmailCode(person);
      return person;
    },
    amr: [],
    acr: "latchkey:1",
  },
  {
    name: "a link by email",
    enters: async () => {
      const person = again(await member());
      const { email } = person.identity;
      await person.fillsIn("/login/code", { email });
      const opened = await person.opens(linkIn((await app.emails(email))[0], "/login/code/link"));
      await person.fillsIn(opened.location ?? "", {});
      return person;
    },
    amr: [],
    acr: "latchkey:1",
  },
  {
    name: "a code by email and an authenticator app",
    enters: async () => {
      const owner = await member();
      const phone = await addsPhone(app, owner);
      const person = again(owner);
      await byEmailCode(person);
      await person.fillsIn("/login/two-factor", { code: phone.code() });
      return person;
    },
    amr: ["otp"],
    acr: "latchkey:2",
  },
  { name: "a provider", enters: () => byProvider(), amr: [], acr: "latchkey:1" },
  {
    name: "a provider that is trusted and has checked two factors",
    enters: () => byProvider((claims) => ({ ...claims, amr: ["pwd", "mfa"] })),
    amr: ["mfa"],
    acr: "latchkey:2",
  },
];

interface Claims {
  readonly amr: readonly string[];
  readonly acr: string;
  readonly auth_time: number;
  readonly iat: number;
}

const claimsOf = async (person: Person): Promise<Claims> => decodeJwt<Claims>(tokenIn(await requestToken(person)));

describe("access token: claims about the login", () => {
  it.each(ways)("access token: after $name, amr is $amr, acr is $acr, and auth_time is the login", async ({ enters, amr, acr }) => {
    // Logins that a way needs to prepare are earlier.
    const before = Math.floor(app.s.now() / 1_000);
    const person = await enters();
    const after = Math.floor(app.s.now() / 1_000);
    app.passes(7 * minute);
    const claims = await claimsOf(person);
    expect([claims.amr, claims.acr]).toEqual([amr, acr]);
    expect([claims.auth_time >= before, claims.auth_time <= after]).toEqual([true, true]);
    expect(claims.iat - claims.auth_time).toBeGreaterThanOrEqual(7 * 60);
  });

  it("access token: the password of a bearer client counts as that of a browser", async () => {
    const owner = await member();
    const { email, password } = owner.identity;
    const client = app.person();
    const { token = "" } = (await client.sendsJson("/login", { email, password, session: "token" })).json() as { token?: string };
    const answer = await client.sendsJson("/token", { audience }, { authorization: `Bearer ${token}` });
    expect(decodeJwt(tokenIn(answer))).toMatchObject({ amr: ["pwd"], acr: "latchkey:1" });
  });

  it("access token: a confirmation moves auth_time to its own time, and adds its method", async () => {
    const [owner, device] = [await member(), passkeyDevice()];
    await addsPasskey(owner, device);
    app.passes(30 * minute);
    const before = await claimsOf(owner);
    const passkey = await usesPasskey(owner, device, "reauthentication", { page: "/confirm-password" });
    expect((await owner.fillsIn("/confirm-password", { passkey })).status).toBe(303);
    app.passes(minute);
    const after = await claimsOf(owner);
    expect([before.amr, after.amr, after.acr]).toEqual([["pwd"], ["pwd", "swk", "user", "mfa"], "latchkey:2"]);
    expect(after.auth_time - before.auth_time).toBeGreaterThanOrEqual(30 * 60);
    expect(after.iat - after.auth_time).toBeGreaterThanOrEqual(60);
  });
});
