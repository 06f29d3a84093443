/** Tests email delivery to a real SMTP server: retries, TLS, no duplicates. */
// Runs end to end: it starts the program.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Mailer, openMailer } from "../../src/core/mail/mailer.ts";
import { enqueueEmail, sendDueEmails } from "../../src/core/mail/outbox.ts";
import { onOneEngine } from "../database.ts";
import { linkIn, Person, secretKey, type TestApp, testApp } from "../person.ts";
import { bin } from "../program.ts";
import { transactional } from "../transaction.ts";
import { type MailServer, openMailServer } from "./server.ts";

const enqueue = transactional(enqueueEmail);

const minute = 60_000;
const exampleEmail = { to: "ada@example.com", subject: "A subject", text: "Some text\n", html: "<p>Some text</p>" };

describe("email delivery", () => {
  let server: MailServer;
  let app: TestApp;
  beforeEach(async () => {
    server = await openMailServer();
    const limits = { LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h" };
    app = await testApp({ SMTP_URL: `smtp://127.0.0.1:${server.port}`, SIGNUP: "open", SITE_NAME: "The Reading Room", ...limits });
  });
  afterEach(async () => {
    await app.close();
    await server.close();
  });

  it("email: delivered as text and HTML from the site name, and removed from the outbox", async () => {
    await app.person({ username: "ada", email: "Ada@Example.com" }).signsUp();
    expect(await sendDueEmails(app.s)).toBe(1);
    expect(server.received).toEqual([
      expect.objectContaining({
        from: '"The Reading Room" <no-reply@localhost>',
        to: ["Ada@example.com"],
        subject: "Verify your email for The Reading Room",
        text: expect.stringMatching(/^Enter this code[\s\S]*\n {4}\d{6}\n[\s\S]*http:\/\/localhost:5050\/verify-email\/confirm\?token=/),
        html: expect.stringContaining("<p"),
      }),
    ]);
    expect(await queued()).toEqual([]);
  });

  it.each(["Acme, Inc.", "Ada: the site", 'Zoë\'s "Place"', "a@b club", "Shop <b@example.com>"])(
    "email: the sender is one mailbox with the site name %s",
    async (SITE_NAME) => {
      const named = await testApp({ SMTP_URL: `smtp://127.0.0.1:${server.port}`, SITE_NAME });
      await enqueue(named.s, null, exampleEmail);
      await sendDueEmails(named.s);
      expect(server.received.map(({ sender }) => sender)).toEqual([[{ name: SITE_NAME, address: "no-reply@localhost" }]]);
      await named.close();
    },
  );

  it.each([
    [{ BASE_URL: "https://accounts.example.com" }, "accounts.example.com"],
    [{ BASE_URL: "https://accounts.example.com", SMTP_NAME: "relay.example.net" }, "relay.example.net"],
    [{ BASE_URL: "http://192.0.2.7:5050" }, "[192.0.2.7]"],
    [{ BASE_URL: "http://bücher.example" }, "xn--bcher-kva.example"],
  ])("EHLO: with %j the client name is %s", async (env, name) => {
    const named = await testApp({ SMTP_URL: `smtp://127.0.0.1:${server.port}`, ...env });
    await enqueue(named.s, null, exampleEmail);
    await sendDueEmails(named.s);
    expect(server.received.map((each) => each.name)).toEqual([name]);
    await named.close();
  });

  it("email: Message-ID and envelope of an internationalized domain are ASCII", async () => {
    const named = await testApp({ SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: "Bücher <post@bücher.example>" });
    await enqueue(named.s, null, { ...exampleEmail, to: "ada@dömäin.example" });
    await sendDueEmails(named.s);
    expect(server.received[0]?.messageId).toMatch(/^<[\w-]+@xn--bcher-kva\.example>$/);
    // The test server decodes domains to Unicode.
    expect(server.received[0]?.to).toEqual(["ada@dömäin.example"]);
    await named.close();
  });

  it.each([
    [true, 422],
    [false, 303],
  ])("SMTPUTF8: a non-ASCII mailbox is rejected at sign-up if the server lacks it (lacking: %s)", async (hideSMTPUTF8, status) => {
    const smtpServer = await openMailServer({ hideSMTPUTF8 });
    const named = await testApp({ SMTP_URL: `smtp://127.0.0.1:${smtpServer.port}`, SIGNUP: "confirm" });
    expect((await named.person({ username: "jose", email: "josé@example.com" }).signsUp()).status).toBe(status);
    expect((await named.person({ username: "plain", email: "jose@bücher.example" }).signsUp()).status).toBe(303);
    await sendDueEmails(named.s);
    const to = smtpServer.received.map((each) => each.to[0]).toSorted((a = "", b = "") => a.localeCompare(b));
    expect(to).toEqual(status === 303 ? ["jose@bücher.example", "josé@example.com"] : ["jose@bücher.example"]);
    await named.close();
    await smtpServer.close();
  });

  it("SMTPUTF8: a non-ASCII mailbox is accepted while the server is unavailable", async () => {
    const port = server.port;
    await server.close();
    const named = await testApp({ SMTP_URL: `smtp://127.0.0.1:${port}`, SIGNUP: "confirm" });
    expect((await named.person({ username: "jose", email: "josé@example.com" }).signsUp()).status).toBe(303);
    await named.close();
    server = await openMailServer();
  });

  it("email: Auto-Submitted is set, and a resent email keeps its Message-ID", async () => {
    await enqueue(app.s, null, exampleEmail);
    const [row] = await queued();
    await sendDueEmails(app.s);
    // Simulates a crash after the server accepted the email.
    await app.s.db
      .insertInto("outbox")
      .values({ ...row, due_at: 0 } as NonNullable<typeof row>)
      .execute();
    await sendDueEmails(app.s);
    expect(server.received.map(({ messageId, autoSubmitted }) => [messageId, autoSubmitted])).toEqual(
      Array(2).fill([`<${row?.id}@localhost>`, "auto-generated"]),
    );
  });

  it("retry: after temporary rejections, an email is retried with growing delays and delivered", { tags: ["asvs-16.5.2"] }, async () => {
    server.refuses.push(451, 421);
    await enqueue(app.s, null, exampleEmail);
    await sendDueEmails(app.s);
    expect(await sendDueEmails(app.s)).toBe(0);
    app.passes(31_000);
    await sendDueEmails(app.s);
    app.passes(31_000);
    expect(await sendDueEmails(app.s)).toBe(0);
    app.passes(31_000);
    expect(await sendDueEmails(app.s)).toBe(1);
    expect(server.received).toHaveLength(1);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "warn", failure: "451", message: "could not send an email yet" }));
    expect(JSON.stringify(app.lines)).not.toContain("ada@");
  });

  it("email: superseded emails and emails with an expired link are not sent", async () => {
    const ada = app.person({ username: "ada" });
    await ada.signsUp();
    await sendDueEmails(app.s);
    server.received.length = 0;
    server.refuses.push(451, 451, 451);
    for (let i = 0; i < 3; i++) {
      await ada.fillsIn("/reset-password", { email: "ada@example.com" });
      await sendDueEmails(app.s);
    }
    app.passes(2 * minute);
    await sendDueEmails(app.s);
    expect(server.received.map(({ subject }) => subject)).toEqual(["Reset your The Reading Room password"]);
    await ada.opens(linkIn(server.received[0], "/reset-password/choose"));
    expect((await ada.opens("/reset-password/choose")).status).toBe(200);

    server.refuses.push(451);
    await ada.fillsIn("/reset-password", { email: "ada@example.com" });
    await sendDueEmails(app.s);
    app.passes(31 * minute);
    await sendDueEmails(app.s);
    expect([server.received.length, await queued()]).toEqual([1, []]);
    expect(app.lines).toContainEqual(expect.objectContaining({ message: "dropped an email whose link has expired" }));
  });

  it("verification email: if sent late, it has a valid link and no expired code", async () => {
    server.refuses.push(451);
    await app.person({ username: "ada" }).signsUp();
    await sendDueEmails(app.s);
    app.passes(11 * minute);
    await sendDueEmails(app.s);
    const [sent] = server.received;
    // The token of the link may begin with six digits.
    expect(`${sent?.text} ${sent?.html}`.replaceAll(/token=[\w-]+/g, "")).not.toMatch(/(?<![\w#-])\d{6}(?!\w)/);
    const ada = app.person();
    await ada.opens(linkIn(sent, "/verify-email/confirm"));
    expect((await ada.fillsIn("/verify-email/confirm", { password: "a harbour at dusk" })).location).toBe("/login");
  });

  it("notices: a later notice does not supersede an earlier one", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    await sendDueEmails(app.s);
    server.received.length = 0;
    await ada.fillsIn("/settings/change-username", { username: "countess" });
    await ada.fillsIn("/settings/change-username", { username: "lovelace" });
    await sendDueEmails(app.s);
    expect(server.received).toHaveLength(2);
  });

  it("email: after a permanent rejection it is not retried, and its content is deleted", async () => {
    server.refuses.push(550);
    await enqueue(app.s, null, exampleEmail);
    await sendDueEmails(app.s);
    app.passes(60 * minute);
    expect(await sendDueEmails(app.s)).toBe(0);
    expect(await queued()).toEqual([expect.objectContaining({ message: null, due_at: null, failure: "550" })]);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "error", failedInAll: 1, message: "gave up on an email" }));
  });

  it("email: given up after a day without a reachable server", async () => {
    await server.close();
    await enqueue(app.s, null, exampleEmail);
    for (let hours = 0; hours < 26; hours++) {
      await sendDueEmails(app.s);
      app.passes(60 * minute + 1_000);
    }
    expect(await queued()).toEqual([expect.objectContaining({ message: null, failure: "ESOCKET" })]);
  });

  it("email: two processes send each email once", async () => {
    const other = await testApp({ DATABASE_URL: app.s.settings.databaseUrl, SMTP_URL: `smtp://127.0.0.1:${server.port}` });
    for (let i = 0; i < 25; i++) await enqueue(app.s, null, { ...exampleEmail, subject: `Email ${i}` });
    const sent = await Promise.all([sendDueEmails(app.s), sendDueEmails(other.s)]);
    expect(sent[0] + sent[1]).toBe(25);
    expect(new Set(server.received.map(({ subject }) => subject)).size).toBe(25);
    expect(server.received).toHaveLength(25);
    await other.close();
  });

  it("header injection: names and emails add no header and no recipient", { tags: ["asvs-1.3.11"] }, async () => {
    const name = "Ada\r\nBcc: eve@evil.test";
    await enqueue(app.s, null, { ...exampleEmail, subject: `Hello ${name}`, to: "ada@example.com,eve@evil.test" });
    await enqueue(app.s, null, { ...exampleEmail, subject: `Hello ${name}` });
    await sendDueEmails(app.s);
    for (const mail of server.received) {
      expect(mail.to.filter((address) => address === "eve@evil.test")).toEqual([]);
      expect(mail.headers).not.toContain("bcc");
    }
    expect(server.received.at(-1)?.to).toEqual(["ada@example.com"]);
  });

  it("SMTP timeout: a hanging delivery does not block other emails, and is retried", async () => {
    const usual = app.s.mailer as Mailer;
    const hurried = openMailer(app.s.settings, {
      connectionTimeout: 60_000,
      greetingTimeout: 60_000,
      socketTimeout: 300,
      emailTimeout: 60_000,
    });
    let isHanging = true;
    // Only the delivery that hangs is given up soon, because a busy machine may need the usual time for others.
    const send: Mailer["send"] = async (email, id) => {
      if (email.subject === "First" && isHanging) {
        return hurried?.send(email, id).finally(() => {
          isHanging = false;
          server.refuses.length = 0;
        });
      }
      while (server.refuses.length > 0) await pause(5);
      return usual.send(email, id);
    };
    const withShortTimeouts = { ...app.s, mailer: { ...usual, send } };
    server.refuses.push("silence");
    await enqueue(app.s, null, { ...exampleEmail, subject: "First" });
    await enqueue(app.s, null, { ...exampleEmail, subject: "Second" });
    expect(await sendDueEmails(withShortTimeouts)).toBe(1);
    expect(server.received.map(({ subject }) => subject)).toEqual(["Second"]);
    app.passes(31_000);
    expect(await sendDueEmails(withShortTimeouts)).toBe(1);
    expect(server.received.map(({ subject }) => subject)).toEqual(["Second", "First"]);
    hurried?.close();
  });

  it("outbox: queued emails are encrypted", { tags: ["asvs-11.3.2"] }, async () => {
    await app.person({ username: "ada" }).signsUp();
    const rows = await queued();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/ada@example|token=|Verify your/);
  });

  function queued() {
    return app.s.db.selectFrom("outbox").selectAll().execute();
  }
});

describe("SMTP connection", onOneEngine, () => {
  let server: MailServer;
  let app: TestApp;
  afterEach(async () => {
    await app.close();
    await server.close();
  });

  /** Loopback in a spelling that does not count as local, so that TLS is required. */
  const remote = "[::ffff:127.0.0.1]";
  /** With STARTTLS or TLS, the server has a self-signed certificate. */
  const offersTls = { disabledCommands: [] };
  const requiresLogin = { authOptional: false, allowInsecureAuth: true };

  async function sendTo(url: (port: number) => string, options: Parameters<typeof openMailServer>[0] = {}): Promise<number> {
    server = await openMailServer(options);
    app = await testApp({ SMTP_URL: url(server.port), MAIL_FROM: "Latchkey <no-reply@example.com>" });
    await enqueue(app.s, null, exampleEmail);
    return sendDueEmails(app.s);
  }

  const failure = async () => (await app.s.db.selectFrom("outbox").select("failure").executeTakeFirst())?.failure;

  it("STARTTLS stripping: neither emails nor passwords are sent without TLS", {
    tags: ["asvs-12.3.1"],
  }, async () => {
    const passwords: unknown[] = [];
    const onAuth = (auth: { password?: unknown }, _session: unknown, callback: (error: null, response: object) => void) => {
      passwords.push(auth.password);
      callback(null, { user: "me" });
    };
    expect(await sendTo((port) => `smtp://me:secret@${remote}:${port}`, { ...requiresLogin, onAuth } as never)).toBe(0);
    expect([server.received, passwords]).toEqual([[], []]);
    expect(await failure()).not.toBeNull();
  });

  it("tls=optional: an email is sent without TLS", async () => {
    expect(await sendTo((port) => `smtp://${remote}:${port}?tls=optional`)).toBe(1);
    expect(server.received).toHaveLength(1);
  });

  it("TLS: a self-signed certificate is rejected, with STARTTLS and with smtps", { tags: ["asvs-12.3.2"] }, async () => {
    expect(await sendTo((port) => `smtp://${remote}:${port}`, offersTls)).toBe(0);
    expect(server.received).toEqual([]);
    await app.close();
    await server.close();
    expect(await sendTo((port) => `smtps://127.0.0.1:${port}`, { ...offersTls, secure: true })).toBe(0);
    expect(server.received).toEqual([]);
  });

  it("TLS: used with a local server despite a self-signed certificate", async () => {
    const secure: boolean[] = [];
    const onMailFrom = (_address: unknown, session: { secure: boolean }, callback: () => void) => {
      secure.push(session.secure);
      callback();
    };
    expect(await sendTo((port) => `smtp://127.0.0.1:${port}`, { ...offersTls, onMailFrom } as never)).toBe(1);
    expect(secure).toEqual([true]);
  });

  it.each([550, 530, 553])("MAIL_FROM: a rejection with %i keeps the email queued", { tags: ["asvs-16.5.2"] }, async (responseCode) => {
    const onMailFrom = (_address: unknown, _session: unknown, callback: (error: Error) => void) =>
      callback(Object.assign(new Error("not from you"), { responseCode }));
    expect(await sendTo((port) => `smtp://127.0.0.1:${port}`, { onMailFrom } as never)).toBe(0);
    const [row] = await app.s.db.selectFrom("outbox").selectAll().execute();
    expect([row?.failure, row?.message === null, row?.due_at === null]).toEqual([String(responseCode), false, false]);
  });

  it("SMTP credentials: a rejection keeps the email queued", { tags: ["asvs-16.5.2"] }, async () => {
    const onAuth = (_auth: unknown, _session: unknown, callback: (error: Error) => void) =>
      callback(Object.assign(new Error("wrong"), { responseCode: 535 }));
    expect(await sendTo((port) => `smtp://me:wrong@127.0.0.1:${port}`, { ...requiresLogin, onAuth } as never)).toBe(0);
    expect(await failure()).toBe("535");
    const [row] = await app.s.db.selectFrom("outbox").selectAll().execute();
    expect([row?.message === null, row?.due_at === null]).toEqual([false, false]);
    expect(JSON.stringify(app.lines)).not.toContain("wrong");
  });

  it("SMTP timeout: a server that sends endless lines is aborted", async () => {
    const sockets: Socket[] = [];
    const slowServer = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.write("220 here\r\n");
      // Each line comes before the socket timeout.
      socket.on("data", () => setInterval(() => socket.write("250-more\r\n"), 100).unref());
    });
    await new Promise<void>((resolve) => slowServer.listen(0, "127.0.0.1", () => resolve()));
    server = await openMailServer();
    app = await testApp({ SMTP_URL: `smtp://127.0.0.1:${(slowServer.address() as AddressInfo).port}` });
    const waits = { connectionTimeout: 60_000, greetingTimeout: 60_000, socketTimeout: 60_000, emailTimeout: 1_500 };
    const mailer = openMailer(app.s.settings, waits);
    await enqueue(app.s, null, exampleEmail);
    expect(await sendDueEmails({ ...app.s, mailer })).toBe(0);
    expect(await failure()).toBe("EABORT");
    mailer?.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => slowServer.close(resolve));
  });
});

describe("email after a crash", () => {
  it("email: sent after a SIGKILL and a restart", async () => {
    const server = await openMailServer();
    const folder = mkdtempSync(join(tmpdir(), "latchkey-mail-"));
    // Temporary rejections keep the email queued until the kill.
    server.refuses.push(451, 451, 451);
    const first = await start(folder, server.port);
    await new Person(first.url, { username: "ada" }, {}).signsUp();
    first.child.kill("SIGKILL");
    await first.exited;
    expect(server.received).toEqual([]);
    server.refuses.length = 0;
    // The clock of a child process cannot be moved, so the email is made due.
    const due = await testApp({ DATABASE_URL: `sqlite:${folder}/var/latchkey.sqlite` });
    await due.s.db.updateTable("outbox").set({ due_at: 0 }).execute();
    await due.close();
    const second = await start(folder, server.port);
    while (server.received.length === 0) await pause(10);
    expect(server.received.map(({ to }) => to)).toEqual([["ada@example.com"]]);
    second.child.kill("SIGTERM");
    await second.exited;
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function start(folder: string, port: number) {
    const { PATH = "" } = process.env;
    const env = { PATH, PORT: "0", SMTP_URL: `smtp://127.0.0.1:${port}`, SIGNUP: "open", SECRET_KEY: secretKey };
    const child = spawn(process.execPath, [bin], { cwd: folder, env });
    const exited = new Promise((done) => child.once("close", done));
    const url = await new Promise<string>((done) => {
      child.stdout.on("data", (part: Buffer) => {
        const found = /Latchkey is at (http:[^"]+)"/.exec(part.toString())?.[1];
        if (found) done(found.replace("localhost", "127.0.0.1"));
      });
    });
    return { child, exited, url };
  }
});
