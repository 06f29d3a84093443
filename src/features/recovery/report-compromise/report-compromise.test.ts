import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByName } from "../../../core/users/users.ts";

const hour = 3_600_000;
const fresh = { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" };

describe("report compromise", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h" });
  });
  afterAll(() => app.close());

  it("report compromise: all sessions end, and the owner gets a reset email", { tags: ["asvs-7.4.3"] }, async () => {
    const { intruder, link, email } = await takenOver("ada");
    const owner = app.person();
    expect((await owner.opens(link)).location).toBe("/report-compromise");
    const page = await owner.opens("/report-compromise");
    expect(page.text).toContain("log out all devices");
    const answer = await owner.posts("/report-compromise", { csrf_token: page.token });
    expect([answer.status, answer.location]).toEqual([303, "/login"]);
    expect((await owner.opens("/login")).text).toContain("your password is locked");
    const { id = "" } = (await findUserByName(app.s, "ada")) ?? {};
    expect((await listEvents(app.s, id, 50)).map(({ event }) => event)).not.toContain("email-change-undone");

    expect((await intruder.opens("/dashboard")).status).toBe(303);
    expect((await intruder.logsIn(fresh)).status).toBe(401);
    const [sent] = await app.emails(email);
    expect(sent?.text).toContain("You told us that someone else may have access to your");
    expect(sent?.text).not.toContain("request");
    const reset = linkIn(sent, "/reset-password/choose");
    await owner.opens(reset);
    const again = { password: "only the owner knows", confirm_password: "only the owner knows" };
    expect((await owner.fillsIn("/reset-password/choose", again)).status).toBe(303);
    expect((await app.person({ username: "ada", ...again }).logsIn()).status).toBe(303);
  });

  it("report compromise: the link works once, for 72 hours, and opening it changes nothing", async () => {
    const { link } = await takenOver("once");
    for (let i = 0; i < 3; i++) {
      const scanner = app.person();
      await scanner.opens(link, { "sec-purpose": "prefetch" });
      await scanner.opens("/report-compromise");
    }
    expect(await reports(link)).toBe(303);
    expect(await reports(link)).toBe(410);
    const late = await takenOver("late");
    app.passes(72 * hour + 1_000);
    expect(await reports(late.link)).toBe(410);
  });

  it("report compromise: of simultaneous submissions one takes effect", async () => {
    const { link } = await takenOver("rush");
    const answers = await Promise.all(Array.from({ length: 20 }, () => reports(link)));
    expect(answers.filter((status) => status === 303)).toHaveLength(1);
  });

  it("report compromise: tokens of other purposes are refused, and its own is refused elsewhere", async () => {
    const { link, email } = await takenOver("mixed");
    await app.person().fillsIn("/reset-password", { email });
    const reset = linkIn((await app.emails(email))[0], "/reset-password/choose");
    expect(await reports(reset.replace("/reset-password/choose", "/report-compromise"))).toBe(410);
    const crossed = app.person();
    await crossed.opens(link.replace("/report-compromise", "/reset-password/choose"));
    expect((await crossed.opens("/reset-password/choose")).status).toBe(410);
  });

  it("report compromise: an account without a password is not told that its password is locked", async () => {
    const { link, email } = await takenOver("passless");
    await app.s.db.deleteFrom("passwords").execute();
    const owner = app.person();
    await owner.opens(link);
    const { text, token } = await owner.opens("/report-compromise");
    expect(text).not.toContain("lock your current password");
    await owner.posts("/report-compromise", { csrf_token: token });
    expect((await owner.opens("/login")).text).toContain(
      "All devices have been logged out and your account is locked. We've emailed you a link to choose a password.",
    );
    const sent = (await app.emails(email))[0];
    expect(sent?.text.replaceAll("\n", " ")).toContain("Your account is locked until you choose a password.");
    expect(sent?.text).not.toContain("Your current password");
    await owner.opens(linkIn(sent, "/reset-password/choose"));
    expect((await owner.fillsIn("/reset-password/choose", fresh)).status).toBe(303);
  });

  it("report compromise: where the notice went to an earlier email, an account without a password is not told that it is locked", async () => {
    const { link } = await takenOver("moved");
    await app.s.db.deleteFrom("passwords").execute();
    await app.s.db
      .updateTable("users")
      .set({ email: "new@example.com", email_key: "new@example.com" })
      .where("username", "=", "moved")
      .execute();
    const owner = app.person();
    await owner.opens(link);
    await owner.posts("/report-compromise", { csrf_token: (await owner.opens("/report-compromise")).token });
    expect((await owner.opens("/login")).text).toContain(
      "your account is locked. Use “Forgot your password?” with your account's current email to choose one.",
    );
  });

  /** An intruder changes the password; the owner gets a notice with the link. */
  async function takenOver(username: string): Promise<{ intruder: Person; link: string; email: string }> {
    const intruder = await app.person({ username }).isLoggedIn();
    const changed = await intruder.fillsIn("/settings/change-password", { current_password: "a harbour at dusk", ...fresh });
    if (changed.status !== 303) throw new Error(`Changing the password answered ${changed.status}: ${changed.text}`);
    const email = `${username}@example.com`;
    const notice = (await app.emails(email)).find(({ text }) => text.includes("/report-compromise?token="));
    return { intruder, link: linkIn(notice, "/report-compromise"), email };
  }

  async function reports(link: string): Promise<number> {
    const owner = app.person();
    await owner.opens(link);
    const { token, status } = await owner.opens("/report-compromise");
    return status === 200 ? (await owner.posts("/report-compromise", { csrf_token: token })).status : status;
  }
});
