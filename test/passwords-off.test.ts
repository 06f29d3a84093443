/** Tests that a site without passwords speaks of none, on pages, in errors and in emails. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice } from "./passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "./person.ts";
import { codeTo, generousLimits, type Listed, member, readsEverything, sentencesIn, unlisted } from "./said.ts";
import { addsPhone, phoneWith } from "./two-factor.ts";

/** "Password manager" is the name of a kind of program. */
const passwordIn = (text: string) => /password(?! manager)/i.test(text);
const passwords = { name: "password", isIn: passwordIn } as const;

/** Where a message speaks of a password although the site has none: why no visitor or user reads it, or why it is true. */
const listed: Listed = {
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
    ...["report-compromise.emailed", "email-login.emails.email.refused.intro"],
    ...["verify-email.otherBrowser", "reauthenticate.noPassword", "reauthenticate.noPasswordAskSite"],
  ],
  "another sentence is shown instead": [
    ...[
      "report-compromise.askForReset",
      "report-compromise.lockPassword",
      "report-compromise.sendReset",
      "email-login.resetStays",
      "passkey-signup.intro",
    ],
  ],
  "an action of administrators that is not offered": [
    ...["admin.resetSent", "admin.ask.send-reset.title", "admin.ask.send-reset.text", "admin.password", "admin.status.locked"],
  ],
  "a sample of every part of a page, in development": ["theme-preview.password"],
};

describe("PASSWORDS=off: messages", () => {
  it("PASSWORDS=off: each message that speaks of a password is listed with the reason", () => {
    expect(unlisted(passwords, listed)).toEqual({ missing: [], outdated: [] });
  });
});

describe.each([
  { EMAIL_LOGIN: "on", PASSKEYS: "on" },
  { EMAIL_LOGIN: "on", PASSKEYS: "off" },
  { EMAIL_LOGIN: "off", PASSKEYS: "on" },
])("PASSWORDS=off with %o", (ways) => {
  let app: TestApp;
  beforeAll(async () => {
    const site = { TOKEN_AUDIENCES: "https://api.example.com", TWO_FACTOR: "role:covered", CONTACT_URL: "https://example.com/help" };
    app = await testApp({ PASSWORDS: "off", ...ways, ...generousLimits, ...site });
  });
  afterAll(() => app.close());

  const lastEmail = async ({ identity }: Person) => (await app.emails(identity.email))[0];
  /** The answer to a client that sends a password says that passwords are turned off. */
  const isAnswerToPassword = ({ path }: { path: string }) => /^POST \/login(?: as JSON)?$/.test(path);
  const reads = async (person: Person) => (await readsEverything(app, person, passwordIn)).filter((each) => !isAnswerToPassword(each));

  it("visitor: no page, error or answer says “password”", async () => {
    const visitor = app.person();
    await visitor.opens("/login?switch=1");
    expect(await reads(visitor)).toEqual([]);
  });

  it("user: no page, error or answer says “password”, without and with two-factor authentication", async () => {
    const ada = await member(app, "ada");
    expect(await reads(ada)).toEqual([]);
    const grace = await member(app, "grace");
    await addsPhone(app, grace);
    expect(await reads(grace)).toEqual([]);
    if (ways.PASSKEYS === "on") {
      const lise = await member(app, "lise");
      await addsPasskey(lise, passkeyDevice());
      expect(await reads(lise)).toEqual([]);
    }
  });

  it("OpenAPI: no field is a password, and no sentence speaks of one that users have", async () => {
    const { html } = await app.person().opens("/openapi.json");
    // The path of the confirmation, and the unlocking of an account without a password.
    const document = html.replaceAll(/[/-]confirm-password|without.a.password/g, "");
    expect(document.match(/.{0,60}password.{0,60}/gi) ?? []).toEqual([]);
  });

  it("user who has to confirm the identity: no page says “password”", async () => {
    const ida = await member(app, "ida");
    app.passes(16 * 60_000);
    expect(await reads(ida)).toEqual([]);
  });

  it("emails: those of changes, reports and enrolment speak of no password", async () => {
    const mary = await member(app, "mary");
    const begun = await mary.fillsIn("/settings/two-factor/authenticator", {});
    const { authenticator } = (await mary.opens(begun.location ?? "", { accept: "application/json" })).json() as {
      authenticator: { secret: string };
    };
    await mary.fillsIn(begun.location ?? "", { name: "Phone", code: phoneWith(app, authenticator.secret).code() });
    await mary.fillsIn("/settings/change-username", { username: "mary2" });
    await mary.fillsIn("/settings/change-email", { email: "mary2@example.com" });
    const moved = app.person({ email: "mary2@example.com" });
    await mary.fillsIn("/settings/change-email/confirm", { code: await codeTo(app, moved) });
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
