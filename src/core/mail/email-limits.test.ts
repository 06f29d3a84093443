import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { requestFrom } from "../../../test/request-info.ts";
import { actingAs } from "../request-info.ts";
import { mayReset, mayVerify, reserveCodeAttempt, reserveEmail, reserveEmailTo } from "./email-limits.ts";

describe("email limits", () => {
  let app: TestApp;
  beforeEach(async () => {
    app ??= await testApp();
    await app.s.db.deleteFrom("rate_limits").execute();
  });
  afterAll(() => app.close());

  const email = "ada@example.com";
  const budgets = async () => {
    const rows = await app.s.db.selectFrom("rate_limits").select("budget").execute();
    return rows.map(({ budget }) => budget.split(":")[0]).sort((a = "", b = "") => a.localeCompare(b));
  };

  it("email limits: a command counts against the mailbox and no network", async () => {
    const command = actingAs("command line");
    expect((await reserveEmail(app.s, command)).ok).toBe(true);
    expect((await reserveCodeAttempt(app.s, command)).ok).toBe(true);
    expect(await budgets()).toEqual([]);
    expect((await reserveEmailTo(app.s, command, email)).ok).toBe(true);
    expect(await budgets()).toEqual(["emails-user", "emails-user-long"]);
    const { count } = app.s.settings.emailsPerInbox;
    for (let i = 0; i < count; i++) expect(await mayReset(app.s, command, email, undefined)).toBe(true);
    expect(await mayReset(app.s, command, email, undefined)).toBe(false);
    for (let i = 1; i < count; i++) expect((await reserveEmailTo(app.s, command, email)).ok).toBe(true);
    expect((await reserveEmailTo(app.s, command, email)).ok).toBe(false);
  });

  it("email limits: the limit per network and mailbox is reached before the limit of the mailbox", { tags: ["asvs-6.3.1"] }, async () => {
    const request = requestFrom("203.0.113.1");
    const { count } = app.s.settings.emailsPerInboxAndIp;
    for (let i = 0; i < count; i++) expect(await mayVerify(app.s, request, email)).toBe(true);
    expect(await mayVerify(app.s, request, email)).toBe(false);
    expect(await mayVerify(app.s, requestFrom("203.0.113.2"), email)).toBe(true);
  });

  it("email limits: a known device of a verified account has a separate limit", { tags: ["asvs-6.3.1"] }, async () => {
    const owner = { id: "an id", two_factor_since: null, password_changed_at: 1, email_verified_at: 1 };
    const known = { ...requestFrom("203.0.113.1"), knownDevice: () => "a device" };
    await mayReset(app.s, known, email, owner);
    expect(await budgets()).toEqual(["emails-device"]);
    await mayReset(app.s, known, email, { ...owner, email_verified_at: null });
    expect(await budgets()).toEqual(["emails-device", "emails-mailbox", "emails-mailbox-long", "emails-pair"]);
  });
});
