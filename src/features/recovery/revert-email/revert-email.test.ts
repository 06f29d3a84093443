import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const next = "ada.lovelace@example.org";
const hour = 3_600_000;

describe("revert email", () => {
  let app: TestApp;
  let ada: Person;
  let link: string;
  beforeEach(async () => {
    app = await testApp({}, { verified: true });
    ada = await app.person().isLoggedIn();
    link = await movesTo(next);
  });
  afterEach(() => app.close());

  /** Changes the email, and returns the link that was sent to the old one. */
  async function movesTo(email: string): Promise<string> {
    await ada.fillsIn("/settings/change-email", { email });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
    await ada.fillsIn("/settings/change-email/confirm", { code });
    const notice = (await app.emails()).find(({ text }) => text.includes("/revert-email?token="));
    return linkIn(notice, "/revert-email");
  }

  async function undoes(by = link): Promise<{ status: number; text: string; location: string | null }> {
    const owner = app.person();
    await owner.opens(by);
    const page = await owner.opens("/revert-email");
    return page.status === 200 ? owner.posts("/revert-email", { csrf_token: page.token }) : page;
  }

  it("revert email: the link opens a page with a button without a session, and opening it changes nothing", async () => {
    const owner = app.person();
    const opened = await owner.opens(link);
    expect([opened.status, opened.location]).toEqual([303, "/revert-email"]);
    expect((await owner.opens("/revert-email")).text).toContain("Your account will use ada@example.com again");
    expect(await findUserByEmail(app.s, next)).toBeDefined();
  });

  it("revert email: the old email is restored as verified, and all sessions end", { tags: ["asvs-7.4.3"] }, async () => {
    const { status, location } = await undoes();
    expect([status, location]).toEqual([303, "/login"]);
    expect(await findUserByEmail(app.s, next)).toBeUndefined();
    expect(await findUserByEmail(app.s, ada.identity.email)).toMatchObject({ username: "ada", email_verified_at: expect.any(Number) });
    expect((await ada.opens("/dashboard")).status).toBe(303);
    expect((await app.person().logsIn()).location).toBe("/dashboard");
  });

  it("revert email: this browser's session of the account ends too", async () => {
    await ada.opens(link);
    await ada.fillsIn("/revert-email", {});
    expect(ada.cookies.has("latchkey_session")).toBe(false);
    expect((await ada.opens("/login")).text).toContain("Email change undone. All devices have been logged out.");
  });

  it("revert email: passkeys and factors that were added since the change no longer log in", async () => {
    const device = passkeyDevice();
    await addsPasskey(ada, device);
    await addsPhone(app, ada);
    app.passes(2 * 60_000);
    expect((await undoes()).status).toBe(303);
    expect((await logsInByPasskey(app.person(), device)).status).toBe(401);
    expect((await app.person().logsIn()).location).toBe("/dashboard");
  });

  it("revert email: it is recorded, and both inboxes are notified", async () => {
    await undoes();
    expect((await app.emails(ada.identity.email))[0]?.subject).toBe("Your previous email is back in use");
    expect((await app.emails(next))[0]?.subject).toBe("This email was removed from your account");
    const { id = "" } = (await findUserByEmail(app.s, ada.identity.email)) ?? {};
    expect((await listEvents(app.s, id, 1))[0]?.event).toBe("email-change-undone");
  });

  it("revert email: the link works for 72 hours", async () => {
    app.passes(72 * hour - 60_000);
    expect((await undoes()).status).toBe(303);
  });

  it("revert email: an expired or used link returns 410", async () => {
    await undoes();
    expect((await undoes()).text).toContain("This link has expired or was already used");
    await ada.logsIn();
    const later = await movesTo("later@example.org");
    app.passes(72 * hour);
    expect(await undoes(later)).toMatchObject({ status: 410 });
    expect(await findUserByEmail(app.s, "later@example.org")).toBeDefined();
  });

  it("revert email: an email verified by another account meanwhile is refused", async () => {
    const grace = app.person({ username: "grace", email: ada.identity.email });
    await grace.signsUp();
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).where("username", "=", "grace").execute();
    const { status, text } = await undoes();
    expect([status, text.includes("Another account now uses this email")]).toEqual([422, true]);
    expect((await findUserByEmail(app.s, next))?.username).toBe("ada");
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("revert email: an unverified account on the old email is erased", async () => {
    await app.person({ username: "squatter", email: ada.identity.email }).signsUp();
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", "squatter").execute();
    expect((await undoes()).status).toBe(303);
    expect((await findUserByEmail(app.s, ada.identity.email))?.username).toBe("ada");
  });

  it("revert email: JSON takes the token and gives the email", async () => {
    const token = new URL(link, app.url).searchParams.get("token");
    const done = await app.person().sendsJson("/revert-email", { token });
    expect([done.status, done.json()]).toEqual([200, { email: "ada@example.com", restored: false }]);
    const again = await app.person().sendsJson("/revert-email", { token });
    expect([again.status, again.json()]).toMatchObject([410, { error: { code: "dead-link" } }]);
  });
});
