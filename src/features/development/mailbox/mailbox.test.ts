import { afterEach, describe, expect, it } from "vitest";
import { sendRaw } from "../../../../test/attacks/raw-http.ts";
import { type TestApp, testApp } from "../../../../test/person.ts";

const production = { NODE_ENV: "production", BASE_URL: "https://accounts.example.test" };

describe("mailbox", () => {
  let app: TestApp;
  afterEach(() => app.close());

  it("mailbox: emails are listed newest first, with links and escaped text", async () => {
    app = await testApp();
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "eve", email: "o'neil&x@example.com" }).signsUp();
    const { text, html } = await app.person().opens("/dev/mailbox");
    expect(text.indexOf("o'neil&x@example.com")).toBeLessThan(text.indexOf("ada@example.com"));
    expect(html).toMatch(/<a href="http:\/\/localhost:5050\/verify-email\/confirm\?token=[\w-]{43}">/);
    expect(html).toContain("o&#39;neil&amp;x@example.com");
  });

  it("mailbox: in production or with SMTP_URL it returns 404", { tags: ["asvs-13.4.2"] }, async () => {
    app = await testApp(production);
    expect((await app.person().opens("/dev/mailbox")).status).toBe(404);
    await app.close();
    app = await testApp({ SMTP_URL: "smtp://127.0.0.1:1" });
    expect((await app.person().opens("/dev/mailbox")).status).toBe(404);
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
    for (const headers of asked) expect((await sendRaw(app.url, { path: "/dev/mailbox", headers })).status, headers.join()).toBe(404);
    const said = app.lines.filter((line) => JSON.stringify(line).includes("/dev/mailbox is for this machine only"));
    expect(said).toHaveLength(2);
    for (const host of ["localhost:5000", "127.0.0.1", "[::1]:5000", "app.localhost:5000", "LOCALHOST"])
      expect((await sendRaw(app.url, { path: "/dev/mailbox", headers: [["Host", host]] })).status, host).toBe(200);
    const ofDevServer: [string, string][] = [
      ["Host", "localhost:3000"],
      ["X-Forwarded-Host", "localhost:3000"],
      ["X-Forwarded-For", "::1"],
    ];
    expect((await sendRaw(app.url, { path: "/dev/mailbox", headers: ofDevServer })).status).toBe(200);
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
