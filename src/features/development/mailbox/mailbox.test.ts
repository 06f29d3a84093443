import { afterEach, describe, expect, it } from "vitest";
import { sendRaw } from "../../../../test/attacks/raw-http.ts";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { features } from "../../index.ts";

const production = { NODE_ENV: "production", BASE_URL: "https://accounts.example.test" };

describe("mailbox", () => {
  let app: TestApp;
  afterEach(() => app.close());

  it("mailbox: emails are listed newest first, and the newest is shown", async () => {
    app = await testApp();
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "eve", email: "o'neil&x@example.com" }).signsUp();
    const { text, html } = await app.person().opens("/dev/mailbox");
    expect(text.indexOf("o'neil&x@example.com")).toBeLessThan(text.indexOf("ada@example.com"));
    expect(html).toContain("o&#39;neil&amp;x@example.com");
    const [newest] = await app.emails();
    expect(html).toContain(`<a href="/dev/mailbox?id=${newest?.id}" aria-current="true">`);
    expect(html).toContain(`<iframe src="/dev/mailbox/message?id=${newest?.id}"`);
    expect(html).toContain("<code>verify-email</code>");
  });

  it("mailbox: an email is shown as text with links, and as its source with headers and both parts", async () => {
    app = await testApp();
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "eve" }).signsUp();
    const [, older] = await app.emails();
    const opens = (part: string) => app.person().opens(`/dev/mailbox?id=${older?.id}&part=${part}`);
    const text = await opens("text");
    expect(text.html).toMatch(/<a href="http:\/\/localhost:5050\/verify-email\/confirm\?token=[\w-]{43}">/);
    expect(text.html).toMatch(/part=text" aria-current="page"/);
    const source = await opens("source");
    for (const line of ["To: ada@example.com", "Subject: Verify your email for Latchkey", "Auto-Submitted: auto-generated"])
      expect(source.text).toContain(line);
    for (const type of ["text/plain", "text/html"]) expect(source.text).toContain(`Content-Type: ${type}; charset=utf-8`);
    const list = (await app.person().opens("/dev/mailbox", { accept: "application/json" })).json();
    expect(list).toMatchObject({ emails: [{ kind: "verify-email", to: "eve@example.com" }, { id: older?.id }] });
  });

  it("mailbox: the frame has an origin of its own, runs no script, and only the inbox may show it", { tags: ["asvs-3.4.6"] }, async () => {
    app = await testApp();
    await app.person().signsUp();
    const [email] = await app.emails();
    const [inbox, message, unknown] = await Promise.all(
      ["", `/message?id=${email?.id}`, "/message?id=x"].map((path) => app.person().opens(`/dev/mailbox${path}`)),
    );
    expect(inbox?.headers.get("content-security-policy")).toContain("default-src 'none'; frame-src 'self'; script-src 'self'");
    expect(inbox?.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect((await app.person().opens("/login")).headers.get("content-security-policy")).not.toContain("frame-src");
    const headers = Object.fromEntries(message?.headers ?? []);
    expect(headers).toMatchObject({ "x-frame-options": "SAMEORIGIN", "cache-control": "no-store", "referrer-policy": "no-referrer" });
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' http://localhost:5050 data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    );
    expect(message?.html.replace('<base target="_blank">', "")).toBe(email?.html);
    expect(inbox?.html).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(unknown?.status).toBe(404);
  });

  it("mailbox: in production or with SMTP_URL it returns 404", { tags: ["asvs-13.4.2"] }, async () => {
    app = await testApp(production);
    for (const path of ["/dev/mailbox", "/dev/mailbox/message"]) expect((await app.person().opens(path)).status).toBe(404);
    await app.close();
    app = await testApp({ SMTP_URL: "smtp://127.0.0.1:1" });
    for (const path of ["/dev/mailbox", "/dev/mailbox/message"]) expect((await app.person().opens(path)).status).toBe(404);
  });
});

describe("notice of a sent email", () => {
  const notice = "Development: an email was just sent. Open the inbox.";
  const isShown = async (app: TestApp, path = "/login") => (await app.person().opens(path)).text.includes(notice);

  it("notice of a sent email: pages show it for two minutes, or until the inbox is opened", async () => {
    const app = await testApp({ NODE_ENV: "development" });
    expect(await isShown(app)).toBe(false);
    await app.person({ username: "ada" }).signsUp();
    expect((await app.person().opens("/login")).html).toContain('<a href="/dev/mailbox">Open the inbox.</a>');
    app.passes(121_000);
    expect(await isShown(app)).toBe(false);
    await app.person({ username: "bob" }).signsUp();
    expect(await isShown(app)).toBe(true);
    expect(await isShown(app, "/dev/mailbox")).toBe(false);
    expect(await isShown(app)).toBe(false);
    await app.close();
  });

  it("notice of a sent email: other machines do not see it, because the inbox does not exist for them", {
    tags: ["asvs-13.4.2"],
  }, async () => {
    const app = await testApp({ NODE_ENV: "development" });
    await app.person().signsUp();
    const proxied = await app.person({}, { "x-forwarded-for": "203.0.113.7" }).opens("/login");
    expect([proxied.status, proxied.text.includes(notice), await isShown(app)]).toEqual([200, false, true]);
    await app.close();
  });

  it.each([
    ["in production", { ...production, SMTP_URL: "smtp://127.0.0.1:1" }],
    ["in production without email", production],
    ["with SMTP_URL", { NODE_ENV: "development", SMTP_URL: "smtp://127.0.0.1:1" }],
    ["with a forgotten NODE_ENV", { NODE_ENV: "development", BASE_URL: "https://accounts.example.test" }],
  ])("notice of a sent email: %s no page asks for it", { tags: ["asvs-13.4.2"] }, async (_, env: Record<string, string>) => {
    const app = await testApp(env);
    // As if an email had been kept.
    app.s.keptEmails.latestAt = app.s.now();
    expect(await isShown(app)).toBe(false);
    expect(features.flatMap(({ pageNotice }) => pageNotice?.isOn(app.s) ?? [])).not.toContain(true);
    await app.close();
  });
});

describe("mailbox with a forgotten NODE_ENV", () => {
  const forgotten: [string, Record<string, string>][] = [
    ["an https BASE_URL", { BASE_URL: "https://accounts.example.test" }],
    ["an https BASE_URL of this machine", { BASE_URL: "https://localhost:8443" }],
    ["a BASE_URL of another machine", { BASE_URL: "http://accounts.example.test" }],
    ["a trusted proxy", { TRUST_PROXY: "127.0.0.1" }],
  ];
  it.each(forgotten)("mailbox: with %s it returns 404, and no email is kept or logged", { tags: ["asvs-13.4.2"] }, async (_, env) => {
    for (const environment of ["development", "test"]) {
      const app = await testApp({ NODE_ENV: environment, ...env });
      expect((await app.person().opens("/dev/mailbox")).status).toBe(404);
      if (environment === "development") {
        expect((await app.person().opens("/reset-password")).status).toBe(404);
        await app.person().signsUp();
        expect(await app.s.db.selectFrom("outbox").selectAll().execute()).toEqual([]);
        expect(JSON.stringify(app.lines)).not.toContain("token=");
      }
      await app.close();
    }
  });

  it("mailbox: requests from other machines get 404, and the log says why once", { tags: ["asvs-13.4.2"] }, async () => {
    const app = await testApp();
    const asked: [string, string][][] = [
      [["Host", "accounts.example.test"]],
      [["Host", "192.168.1.20:5000"]],
      [["Host", "localhost.example.test"]],
      [
        ["Host", "localhost:5000"],
        ["X-Forwarded-For", "203.0.113.7"],
      ],
      [
        ["Host", "localhost:5000"],
        ["X-Forwarded-For", "203.0.113.7, 127.0.0.1"],
      ],
      [
        ["Host", "localhost:5000"],
        ["X-Forwarded-Host", "accounts.example.test"],
      ],
      [
        ["Host", "localhost:5000"],
        ["Forwarded", "for=203.0.113.7"],
      ],
      [
        ["Host", "localhost:5000"],
        ["X-Real-IP", "203.0.113.7"],
      ],
      [
        ["Host", "localhost:5000"],
        ["X-Forwarded-Proto", "https"],
      ],
      [
        ["Host", "localhost:5000"],
        ["X-Forwarded-Port", "443"],
      ],
    ];
    await app.person().signsUp();
    const message = `/dev/mailbox/message?id=${(await app.emails())[0]?.id}`;
    for (const headers of asked) {
      for (const path of ["/dev/mailbox", message]) expect((await sendRaw(app.url, { path, headers })).status, headers.join()).toBe(404);
    }
    const said = app.lines.filter((line) => JSON.stringify(line).includes("is for this machine only"));
    // Twice for each of both pages.
    expect(said).toHaveLength(4);
    for (const host of ["localhost:5000", "127.0.0.1", "[::1]:5000", "app.localhost:5000", "LOCALHOST"])
      expect((await sendRaw(app.url, { path: "/dev/mailbox", headers: [["Host", host]] })).status, host).toBe(200);
    const ofDevServer: [string, string][] = [
      ["Host", "localhost:3000"],
      ["X-Forwarded-Host", "localhost:3000"],
      ["X-Forwarded-For", "::1"],
    ];
    for (const path of ["/dev/mailbox", message]) expect((await sendRaw(app.url, { path, headers: ofDevServer })).status).toBe(200);
    const elsewhere = { incoming: { socket: { remoteAddress: "192.168.1.20" } } } as never;
    expect((await app.hono.request("/dev/mailbox", { headers: { host: "localhost" } }, elsewhere)).status).toBe(404);
    await app.close();
  });
});

describe("production without SMTP_URL", () => {
  it("production without SMTP_URL: no page leads to a feature that sends email", async () => {
    const app = await testApp(production);
    for (const path of ["/reset-password", "/reset-password/choose", "/verify-email", "/report-compromise"]) {
      expect((await app.person().opens(path)).status, path).toBe(404);
    }
    expect((await app.person().opens("/login")).html).not.toContain("/reset-password");
    await app.person({}, { origin: production.BASE_URL }).signsUp();
    expect(await app.s.db.selectFrom("outbox").selectAll().execute()).toEqual([]);
    await app.close();
  });
});
