/** Letters on their way to a real mail server: that each arrives, and arrives once. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openMailer, transportOptions } from "../../src/core/mailer.ts";
import { postLetter, sendDueLetters } from "../../src/core/outbox.ts";
import { Person, secretKey, type TestApp, testApp } from "../person.ts";
import { type MailServer, openMailServer } from "./server.ts";

const minute = 60_000;
const letter = { to: "ada@example.com", subject: "A subject", text: "Some text\n", html: "<p>Some text</p>" };

describe("a letter", () => {
  let server: MailServer;
  let app: TestApp;
  beforeEach(async () => {
    server = await openMailServer();
    app = await testApp({ SMTP_URL: `smtp://127.0.0.1:${server.port}`, SIGNUP: "open", SITE_NAME: "The Reading Room" });
  });
  afterEach(async () => {
    await app.close();
    await server.close();
  });

  it("arrives in text and in HTML, from the site's name, and leaves the outbox", async () => {
    await app.person({ username: "ada", email: "Ada@Example.com" }).signsUp();
    expect(await sendDueLetters(app.s)).toBe(1);
    expect(server.received).toEqual([
      expect.objectContaining({
        from: '"The Reading Room" <no-reply@localhost>',
        to: ["Ada@example.com"],
        subject: "Confirm your e-mail address for The Reading Room",
        text: expect.stringMatching(/^Hello,\n[\s\S]*\n {4}\d{6}\n[\s\S]*http:\/\/localhost:5000\/verify-email\/confirm\?token=/),
        html: expect.stringContaining("<p"),
      }),
    ]);
    expect(await waiting()).toEqual([]);
  });

  it("that is refused for now is tried again, later each time, and arrives [ASVS 16.5.2]", async () => {
    server.refuses.push(451, 421);
    await postLetter(app.s, null, letter);
    await sendDueLetters(app.s);
    expect(await sendDueLetters(app.s)).toBe(0);
    app.passes(31_000);
    await sendDueLetters(app.s);
    app.passes(31_000);
    expect(await sendDueLetters(app.s)).toBe(0);
    app.passes(31_000);
    expect(await sendDueLetters(app.s)).toBe(1);
    expect(server.received).toHaveLength(1);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "warn", failure: "451", message: "a letter did not go out yet" }));
    expect(JSON.stringify(app.lines)).not.toContain("ada@");
  });

  it("that is refused for good is given up, and what it said is forgotten", async () => {
    server.refuses.push(550);
    await postLetter(app.s, null, letter);
    await sendDueLetters(app.s);
    app.passes(60 * minute);
    expect(await sendDueLetters(app.s)).toBe(0);
    expect(await waiting()).toEqual([expect.objectContaining({ letter: null, due_at: null, failure: "550" })]);
    expect(app.lines).toContainEqual(expect.objectContaining({ level: "error", failedInAll: 1, message: "gave up on a letter" }));
  });

  it("is given up after a day in which nobody answered", async () => {
    await server.close();
    await postLetter(app.s, null, letter);
    for (let hours = 0; hours < 26; hours++) {
      await sendDueLetters(app.s);
      app.passes(60 * minute + 1_000);
    }
    expect(await waiting()).toEqual([expect.objectContaining({ letter: null, failure: "ESOCKET" })]);
  });

  it("goes out once, though two processes look for letters at the same moment", async () => {
    const other = await testApp({ DATABASE_URL: app.s.settings.databaseUrl, SMTP_URL: `smtp://127.0.0.1:${server.port}` });
    for (let i = 0; i < 25; i++) await postLetter(app.s, null, { ...letter, subject: `Letter ${i}` });
    const sent = await Promise.all([sendDueLetters(app.s), sendDueLetters(other.s)]);
    expect(sent[0] + sent[1]).toBe(25);
    expect(new Set(server.received.map(({ subject }) => subject)).size).toBe(25);
    expect(server.received).toHaveLength(25);
    await other.close();
  });

  it("goes to one address and has no header but ours, whatever stands in a name or an address [ASVS 1.3.11]", async () => {
    const name = "Ada\r\nBcc: eve@evil.test";
    await postLetter(app.s, null, { ...letter, subject: `Hello ${name}`, to: "ada@example.com,eve@evil.test" });
    await postLetter(app.s, null, { ...letter, subject: `Hello ${name}` });
    await sendDueLetters(app.s);
    for (const mail of server.received) {
      expect(mail.to.filter((address) => address === "eve@evil.test")).toEqual([]);
      expect(mail.headers).not.toContain("bcc");
    }
    expect(server.received.at(-1)?.to).toEqual(["ada@example.com"]);
  });

  it("does not keep others waiting when the server hangs, and arrives when it is well again", async () => {
    const mailer = openMailer(app.s.settings, { connectionTimeout: 300, greetingTimeout: 300, socketTimeout: 300, letterTimeout: 2_000 });
    const impatient = { ...app.s, mailer };
    server.refuses.push("silence");
    await postLetter(app.s, null, { ...letter, subject: "First" });
    await postLetter(app.s, null, { ...letter, subject: "Second" });
    expect(await sendDueLetters(impatient)).toBe(1);
    expect(server.received.map(({ subject }) => subject)).toEqual(["Second"]);
    app.passes(31_000);
    expect(await sendDueLetters(impatient)).toBe(1);
    expect(server.received.map(({ subject }) => subject)).toEqual(["Second", "First"]);
    mailer?.close();
  });

  it("is kept where nobody who reads the database can read it [ASVS 11.3.2]", async () => {
    await app.person({ username: "ada" }).signsUp();
    const rows = await waiting();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/ada|token=|Confirm/);
  });

  function waiting() {
    return app.s.db.selectFrom("outbox").selectAll().execute();
  }
});

describe("the way to the mail server", () => {
  it("is encrypted, unless it stays on this machine or the operator says otherwise [ASVS 12.3.1]", () => {
    expect(transportOptions("smtp://mail.example.com")).toMatchObject({ port: 587, secure: false, requireTLS: true });
    expect(transportOptions("smtps://me:p%40ss@mail.example.com")).toMatchObject({
      port: 465,
      secure: true,
      auth: { user: "me", pass: "p@ss" },
    });
    expect(transportOptions("smtp://mail.example.com:25?tls=optional")).toMatchObject({ port: 25, requireTLS: false });
    for (const host of ["127.0.0.1", "localhost", "[::1]"])
      expect(transportOptions(`smtp://${host}:25`)).toMatchObject({ requireTLS: false });
  });

  it("is refused where the certificate is nobody's [ASVS 12.3.2]", async () => {
    const server = await openMailServer({ secure: true, disabledCommands: [] });
    const app = await testApp({ SMTP_URL: `smtps://127.0.0.1:${server.port}` });
    await postLetter(app.s, null, letter);
    expect(await sendDueLetters(app.s)).toBe(0);
    expect(server.received).toEqual([]);
    await app.close();
    await server.close();
  });
});

describe("a letter that was promised", () => {
  it("goes out after the program was killed and started again", { timeout: 60_000 }, async () => {
    const server = await openMailServer();
    const folder = mkdtempSync(join(tmpdir(), "latchkey-mail-"));
    // A server that refuses for now holds the letter back until the program is dead.
    server.refuses.push(451, 451, 451);
    const first = await start(folder, server.port);
    await new Person(first.url, { username: "ada" }, {}).signsUp();
    first.child.kill("SIGKILL");
    await first.exited;
    expect(server.received).toEqual([]);
    server.refuses.length = 0;
    // The clock of a child cannot be moved, so its database is told that the time has come.
    const due = await testApp({ DATABASE_URL: `sqlite:${folder}/var/latchkey.sqlite` });
    await due.s.db.updateTable("outbox").set({ due_at: 0 }).execute();
    await due.close();
    const second = await start(folder, server.port);
    while (server.received.length === 0) await new Promise(setImmediate);
    expect(server.received.map(({ to }) => to)).toEqual([["ada@example.com"]]);
    second.child.kill("SIGTERM");
    await second.exited;
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function start(folder: string, port: number) {
    const { PATH = "" } = process.env;
    const env = { PATH, PORT: "0", SMTP_URL: `smtp://127.0.0.1:${port}`, SIGNUP: "open", SECRET_KEY: secretKey };
    const child = spawn(process.execPath, [resolve(import.meta.dirname, "../../bin/latchkey.js")], { cwd: folder, env });
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
