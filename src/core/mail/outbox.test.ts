import { afterEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { transactional } from "../../../test/transaction.ts";
import { startBackground } from "../maintenance/scheduler.ts";
import { inTransaction, type Services } from "../services.ts";
import type { Email, Mailer } from "./mailer.ts";
import { canSendEmail, enqueueEmail, listEmails, listUnsentEmails, sendDueEmails } from "./outbox.ts";

const enqueue = transactional(enqueueEmail);

const minute = 60_000;
const hour = 60 * minute;
const email: Email = { to: "ada@example.com", subject: "A subject", text: "Some text\n", html: "<p>Some text</p>" };

describe("outbox", () => {
  let app: TestApp;
  afterEach(() => app.close());

  /** Opens services with a mailer that calls `send`, and a stopped clock. */
  async function open(send: (email: Email) => Promise<void>): Promise<Services> {
    app = await testApp({ SMTP_URL: "smtp://127.0.0.1:1" }, { startsAt: Date.now() });
    const mailer: Mailer = { send, canReach: async () => true, close: () => undefined };
    return { ...app.s, mailer };
  }
  const rows = () => app.s.db.selectFrom("outbox").selectAll().orderBy("id").execute();

  it("outbox: a rolled back transaction enqueues no email", async () => {
    const s = await open(async () => undefined);
    const broken = inTransaction(s, async (tx) => {
      await enqueueEmail(tx, null, email);
      throw new Error("broken");
    });
    await expect(broken).rejects.toThrow("broken");
    expect(await rows()).toEqual([]);
  });

  it("outbox: retries wait longer each time, an hour at most, and stop after a day", async () => {
    const tries: number[] = [];
    const s = await open(async () => {
      tries.push(app.s.now());
      throw Object.assign(new Error("later"), { code: "EENVELOPE", responseCode: 451 });
    });
    await enqueue(s, null, email);
    const began = app.s.now();
    for (let due: number | null | undefined = began; typeof due === "number"; due = (await rows())[0]?.due_at) {
      const before = tries.length;
      app.passes(due - app.s.now() - 1);
      await sendDueEmails(s);
      if (before > 0) expect(tries).toHaveLength(before);
      app.passes(1);
      await sendDueEmails(s);
    }
    const waits = tries.map((at, i) => (at - (tries[i - 1] ?? at)) / 1_000).slice(1);
    expect(waits.slice(0, 7).map((seconds) => Math.round(seconds / 30) * 30)).toEqual([30, 60, 120, 240, 480, 960, 1_920]);
    for (const seconds of waits.slice(7)) expect(Math.abs(seconds - 3_600)).toBeLessThan(40);
    expect((tries.at(-1) ?? 0) - began).toBeGreaterThan(23 * hour);
    expect(app.lines.filter((line) => "failedInAll" in line)).toEqual([
      expect.objectContaining({ level: "error", attempts: tries.length, failure: "451", failedInAll: 1 }),
    ]);
  });

  it("outbox: a retry scheduled by a clock that was a day ahead is sent at once", async () => {
    let isDown = true;
    const s = await open(async () => {
      if (isDown) throw Object.assign(new Error("later"), { code: "EENVELOPE", responseCode: 451 });
    });
    await enqueue(s, null, email);
    app.passes(24 * hour - minute);
    await sendDueEmails(s);
    app.passes(minute - 24 * hour);
    isDown = false;
    await sendDueEmails(s);
    expect(await rows()).toEqual([]);
  });

  it("outbox: a permanent refusal of recipient or content fails at once, one of login or sender is retried", async () => {
    const refusals = [
      { code: "EAUTH", responseCode: 535 },
      { code: "EPROTOCOL", responseCode: 554 },
      { code: "EENVELOPE", command: "MAIL FROM", responseCode: 553 },
      { code: "EENVELOPE", command: "RCPT TO", responseCode: 550 },
      { code: "EMESSAGE", command: "DATA", responseCode: 552 },
    ];
    const s = await open(async ({ subject }) => {
      throw Object.assign(new Error("no"), refusals[Number(subject)]);
    });
    for (const subject of refusals.keys()) await enqueue(s, null, { ...email, subject: String(subject) });
    await sendDueEmails(s);
    const now = await rows();
    expect(now.map(({ failure, due_at, message: kept }) => [failure, due_at === null, kept === null])).toEqual([
      ["535", false, false],
      ["554", false, false],
      ["553", false, false],
      ["550", true, true],
      ["552", true, true],
    ]);
  });

  it("outbox: replies of the mail server are neither logged nor stored, because they may contain the email", async () => {
    const s = await open(async () => {
      throw Object.assign(new Error("<ada@example.com> no such user"), {
        code: "EENVELOPE",
        responseCode: 550,
        response: "ada@example.com",
      });
    });
    await enqueue(s, null, email);
    await sendDueEmails(s);
    expect(JSON.stringify([await rows(), app.lines])).not.toContain("ada@");
  });

  it("outbox: a lease lasts two minutes, then another process sends the email", async () => {
    let isDead = true;
    const sent: string[] = [];
    const begun = signal();
    const s = await open(({ subject }) => {
      begun.give();
      if (isDead) return new Promise(() => undefined);
      sent.push(subject);
      return Promise.resolve();
    });
    await enqueue(s, null, email);
    sendDueEmails(s).catch(() => undefined);
    await begun.given;
    isDead = false;
    app.passes(2 * minute - 1);
    await sendDueEmails(s);
    expect(sent).toEqual([]);
    app.passes(1);
    await sendDueEmails(s);
    expect(sent).toEqual(["A subject"]);
  });

  it("outbox: a process leases two emails at once, and another process sends the rest", async () => {
    const inHand = new Set<string>();
    const both = signal();
    const s = await open(({ subject }) => {
      inHand.add(subject);
      if (inHand.size === 2) both.give();
      return new Promise(() => undefined);
    });
    for (let i = 0; i < 20; i++) await enqueue(s, null, { ...email, subject: `Email ${i}` });
    sendDueEmails(s).catch(() => undefined);
    await both.given;
    const other: string[] = [];
    await sendDueEmails({
      ...s,
      mailer: { close: () => undefined, canReach: async () => true, send: async ({ subject }) => void other.push(subject) },
    });
    expect([inHand.size, other.length]).toEqual([2, 18]);
    for (const subject of other) expect(inHand.has(subject)).toBe(false);
  });

  it("outbox: after stop, running deliveries finish and no further one starts", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = 0;
    const s = await open(() => {
      begun++;
      return gate;
    });
    for (let i = 0; i < 10; i++) await enqueue(s, null, email);
    const background = startBackground(s);
    while (begun < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const stopped = background.stop();
    release();
    await stopped;
    expect([begun, (await rows()).length]).toEqual([2, 8]);
  });

  it("outbox: an email that cannot be decrypted is retried and not sent", async () => {
    let sent = 0;
    const s = await open(async () => {
      sent++;
    });
    await enqueue(s, null, email);
    await app.s.db.updateTable("outbox").set({ message: "nonsense" }).execute();
    await sendDueEmails(s);
    expect([sent, (await rows()).map(({ failure, due_at }) => [failure, due_at !== null])]).toEqual([0, [["no answer", true]]]);
  });

  it("outbox: an email with an empty recipient is deleted and not sent", { tags: ["asvs-6.3.8"] }, async () => {
    let sent = 0;
    const s = await open(async () => {
      sent++;
    });
    await enqueue(s, null, { ...email, to: "" });
    await sendDueEmails(s);
    expect([sent, await rows()]).toEqual([0, []]);
  });
});

describe("emails in development", () => {
  let app: TestApp;
  afterEach(() => app.close());

  it("development email: is logged with its link and without the recipient", async () => {
    app = await testApp({ NODE_ENV: "development" });
    await enqueue(app.s, null, email);
    expect(app.lines).toEqual([{ level: "info", message: "Email: A subject\n\nSome text\n" }]);
    expect(await listUnsentEmails(app.s)).toEqual([expect.objectContaining(email)]);
  });

  it.each([
    { NODE_ENV: "test" },
    { NODE_ENV: "development", SMTP_URL: "smtp://127.0.0.1:1" },
    { NODE_ENV: "production", BASE_URL: "https://x.test" },
  ])("email: is not logged with %j", { tags: ["asvs-16.2.5"] }, async (env) => {
    app = await testApp(env as Record<string, string>);
    await enqueue(app.s, null, email);
    expect(app.lines).toEqual([]);
    expect(canSendEmail(app.s)).toBe(env.NODE_ENV !== "production");
  });

  it("listEmails: returns the subject and no link", async () => {
    app = await testApp();
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    const { id } = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    expect(await listEmails(app.s, id)).toEqual([
      { subject: "Verify your email for Latchkey", createdAt: expect.any(Number), failedAt: null },
    ]);
  });
});

/** A promise and the function that resolves it. */
function signal(): { given: Promise<void>; give: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { given: promise, give: () => resolve() };
}
