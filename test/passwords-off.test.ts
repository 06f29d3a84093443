/** Tests that a site without passwords speaks of none, on pages, in errors and in emails. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { features } from "../src/features/index.ts";
import { messagesOf } from "../src/features/messages.ts";
import type { Message } from "../src/i18n/messages.ts";
import { addsPasskey, passkeyDevice } from "./passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "./person.ts";
import { addsPhone, phoneWith } from "./two-factor.ts";

/** "Password manager" is the name of a kind of program. */
const passwordIn = (text: string) => /password(?! manager)/i.test(text);

/** Where a message speaks of a password although the site has none: why no visitor or user reads it, or why it is true. */
const listed: Readonly<Record<string, readonly string[]>> = {
  "the field for a password, which no page has": [
    ...["fields.showPassword", "fields.hidePassword", "form.password", "form.enterPassword", "form.wrongPassword"],
    ...["reauthenticate.password", "reauthenticate.withPassword", "reauthenticate.enterPassword", "reauthenticate.locked"],
    ...["login.badCredentials", "login.badOrUnverified"],
    "new-password.*",
  ],
  "the answer to a client that sends a password": ["login.passwordsOff"],
  "a page that does not exist": ["change-password.*", "remove-password.*", "reset-password.*", "recover-two-factor.*"],
  "a link to such a page": [
    ...["signup.email.forgot", "verify-email.forgot", "sessions.changePassword", "activity.changePassword"],
    ...["report-compromise.deadReset", "revert-email.deadReset", "passkey-signup.withPassword", "email-login.emails.email.refused.reset"],
  ],
  "something that happened while the site had passwords": [
    ...["events.event.login-failed", "events.event.password-locked", "events.event.password-set-by-admin", "lockout.*"],
    "admin.event.reset-sent-by-admin",
  ],
  "shown to an account that has a password, or after a login with one": [
    ...["offer.text", "passkeys.passwordAlone", "two-factor.email.failed.password", "two-factor.email.failed.advice"],
    ...["enrolment-code.notYou", "enrolment-code.report", "report-compromise.emailed", "email-login.emails.email.refused.intro"],
    ...["verify-email.otherBrowser", "reauthenticate.noPassword", "reauthenticate.noPasswordAskAdmin"],
  ],
  "another sentence is shown instead": [
    ...["report-compromise.lockPassword", "report-compromise.sendReset", "email-login.resetStays", "passkey-signup.intro"],
  ],
  "an action of administrators that is not offered": [
    ...["admin.resetSent", "admin.ask.send-reset.title", "admin.ask.send-reset.text", "admin.password", "admin.status.locked"],
  ],
  "a sample of every part of a page, in development": ["theme-preview.password"],
};

const isListed = (key: string) => Object.values(listed).some((keys) => keys.some((each) => matches(each, key)));
const matches = (pattern: string, key: string) => (pattern.endsWith(".*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern);

/** The texts of a message on a site without passwords. */
function textsOf(message: Message): string[] {
  if (typeof message === "string") return [message];
  const { select, plural, ...texts } = message as Record<string, string>;
  return select === "passwords" ? [texts["off"] ?? ""] : Object.values(texts);
}

const speaking = messagesOf(features).flatMap(({ name, texts }) =>
  Object.entries(texts).flatMap(([key, message]) => (textsOf(message).some(passwordIn) ? [`${name}.${key}`] : [])),
);

describe("PASSWORDS=off: messages", () => {
  it("PASSWORDS=off: each message that speaks of a password is listed with the reason", () => {
    expect(speaking.filter((key) => !isListed(key))).toEqual([]);
    // None of the list is out of date.
    const patterns = Object.values(listed).flat();
    expect(patterns.filter((pattern) => !speaking.some((key) => matches(pattern, key)))).toEqual([]);
  });
});

/** Forms that end the session or the account that the test uses. */
const ending = ["/logout", "/settings/delete", "/settings/two-factor/off", "/settings/sessions", "/report-compromise"];
/** Development only. */
const isSample = (path: string) => path.startsWith("/dev/");

describe.each([
  { EMAIL_LOGIN: "on", PASSKEYS: "on" },
  { EMAIL_LOGIN: "on", PASSKEYS: "off" },
  { EMAIL_LOGIN: "off", PASSKEYS: "on" },
])("PASSWORDS=off with %o", (ways) => {
  let app: TestApp;
  beforeAll(async () => {
    const limits = { LIMIT_EMAILS_PER_INBOX: "1000/1h", LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h" };
    const others = { LIMIT_CODES_PER_IP: "1000/10m", LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_NOTICES_PER_INBOX: "1000/1h" };
    const site = { TOKEN_AUDIENCES: "https://api.example.com", TWO_FACTOR: "role:covered", CONTACT_URL: "https://example.com/help" };
    app = await testApp({ PASSWORDS: "off", ...ways, ...limits, ...others, ...site });
  });
  afterAll(() => app.close());

  const lastEmail = async ({ identity }: Person) => (await app.emails(identity.email))[0];
  const codeTo = async (person: Person) => /^ {4}(\d{6})$/m.exec((await lastEmail(person))?.text ?? "")?.[1] ?? "";

  async function member(username: string): Promise<Person> {
    const person = app.person({ username });
    await person.fillsIn("/signup", { username, email: person.identity.email });
    const { location } = await person.fillsIn("/verify-email", { code: await codeTo(person) });
    if (location === "/signup/passkey/create") {
      const { token } = await person.opens(location);
      const answer = await person.sendsJson("/signup/passkey/options", {}, { "x-csrf-token": token });
      const { publicKey } = answer.json() as { publicKey: Parameters<ReturnType<typeof passkeyDevice>["createJSON"]>[1] };
      const passkey = JSON.stringify(passkeyDevice().createJSON("http://localhost:5050", publicKey));
      expect((await person.fillsIn(location, { new_passkey: passkey })).status).toBe(303);
    }
    expect((await person.opens("/dashboard")).status).toBe(200);
    return person;
  }

  /** What readers and screen readers get, and in JSON the sentences; fields and codes have names of their own. */
  function sentencesIn({ html, headers }: Awaited<ReturnType<Person["opens"]>>): string {
    if (!headers.get("content-type")?.includes("json")) return html.replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, " ");
    return html.replaceAll(/"[\w-]*"\s*:|"[\w-]+"/g, " ");
  }

  /** Every page, and the errors of every form, as HTML and as JSON. */
  async function readsEverything(person: Person): Promise<{ path: string; said: string }[]> {
    const found: { path: string; said: string }[] = [];
    const notes = (path: string, answer: Awaited<ReturnType<Person["opens"]>>) => {
      const said = sentencesIn(answer);
      if (passwordIn(said)) found.push({ path, said: /.{0,80}password(?! manager).{0,80}/i.exec(said.replaceAll(/\s+/g, " "))?.[0] ?? "" });
    };
    const routes = app.hono.routes.filter(({ path }) => !path.startsWith("/assets/") && !isSample(path) && path !== "/openapi.json");
    for (const { method, path } of routes) {
      if (method === "GET") {
        notes(path, await person.opens(path));
        notes(`${path} as JSON`, await person.opens(path, { accept: "application/json" }));
      }
      // The answer to a client that sends a password says that passwords are turned off.
      if (path === "/login") continue;
      if (method !== "POST" || ending.includes(path) || path.startsWith("/admin")) continue;
      const { token } = await person.opens("/language");
      notes(`POST ${path}`, await person.posts(path, { csrf_token: token }));
      notes(`POST ${path} as JSON`, await person.sendsJson(path, {}, { "x-csrf-token": token }));
    }
    return found;
  }

  it("visitor: no page, error or answer says “password”", async () => {
    const visitor = app.person();
    await visitor.opens("/login?switch=1");
    const found = await readsEverything(visitor);
    expect(found.filter(({ path }) => !path.startsWith("POST /login"))).toEqual([]);
    // The one answer to a client that sends a password.
    expect(new Set(found.map(({ said }) => said.trim()))).toEqual(
      new Set(found.length === 0 ? [] : [expect.stringContaining("turned off")]),
    );
  });

  it("user: no page, error or answer says “password”, without and with two-factor authentication", async () => {
    const ada = await member("ada");
    expect(await readsEverything(ada)).toEqual([]);
    const grace = await member("grace");
    await addsPhone(app, grace);
    expect(await readsEverything(grace)).toEqual([]);
    if (ways.PASSKEYS === "on") {
      const lise = await member("lise");
      await addsPasskey(lise, passkeyDevice());
      expect(await readsEverything(lise)).toEqual([]);
    }
  });

  it("OpenAPI: no field is a password, and no sentence speaks of one that users have", async () => {
    const { html } = await app.person().opens("/openapi.json");
    // The path of the confirmation, and the unlocking of an account without a password.
    const document = html.replaceAll(/[/-]confirm-password|without.a.password/g, "");
    expect(document.match(/.{0,60}password.{0,60}/gi) ?? []).toEqual([]);
  });

  it("user who has to confirm the identity: no page says “password”", async () => {
    const ida = await member("ida");
    app.passes(16 * 60_000);
    expect(await readsEverything(ida)).toEqual([]);
  });

  it("emails: those of changes, reports and enrolment speak of no password", async () => {
    const mary = await member("mary");
    const begun = await mary.fillsIn("/settings/two-factor/authenticator", {});
    const { authenticator } = (await mary.opens(begun.location ?? "", { accept: "application/json" })).json() as {
      authenticator: { secret: string };
    };
    await mary.fillsIn(begun.location ?? "", { name: "Phone", code: phoneWith(app, authenticator.secret).code() });
    await mary.fillsIn("/settings/change-username", { username: "mary2" });
    await mary.fillsIn("/settings/change-email", { email: "mary2@example.com" });
    const moved = app.person({ email: "mary2@example.com" });
    await mary.fillsIn("/settings/change-email/confirm", { code: await codeTo(moved) });
    const left = await lastEmail(mary);
    expect(left?.kind).toBe("email-left");
    const owner = app.person();
    const opened = await owner.opens(linkIn(left, "/report-compromise"));
    const page = await owner.opens(opened.location ?? "");
    expect(passwordIn(sentencesIn(page))).toBe(false);
    expect((await owner.fillsIn(opened.location ?? "", {})).status).toBe(303);
    const login = await owner.opens("/login");
    expect([passwordIn(sentencesIn(login)), login.text.includes("All devices have been logged out")]).toEqual([false, true]);
    // Codes for the locked account.
    if (ways.EMAIL_LOGIN === "on") await app.person().fillsIn("/login/code", { email: mary.identity.email });
    expect(
      (await app.emails()).filter(({ subject, text }) => passwordIn(subject + text)).map(({ kind, text }) => ({ kind, text })),
    ).toEqual([]);
    const kinds = (await app.emails()).map(({ kind }) => kind);
    for (const kind of ["two-factor-on", "username-changed", "email-left", "email-changed", "account-unlock"])
      expect(kinds).toContain(kind);
  });
});
