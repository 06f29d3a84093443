import { afterEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";

const production = { NODE_ENV: "production", BASE_URL: "https://accounts.example.test" };

describe("mailbox", () => {
  let app: TestApp;
  afterEach(() => app.close());

  it("shows letters in development, newest first, with links to press and everything else as text", async () => {
    app = await testApp();
    await app.person({ username: "ada" }).signsUp();
    await app.person({ username: "eve", email: "o'neil&x@example.com" }).signsUp();
    const { text, html } = await app.person().opens("/dev/mailbox");
    expect(text.indexOf("o'neil&x@example.com")).toBeLessThan(text.indexOf("ada@example.com"));
    expect(html).toMatch(/<a href="http:\/\/localhost:5050\/verify-email\/confirm\?token=[\w-]{43}">/);
    expect(html).toContain("o&#39;neil&amp;x@example.com");
  });

  it("is not there in production, nor where a mail server is set [ASVS 13.4.2]", async () => {
    app = await testApp(production);
    expect((await app.person().opens("/dev/mailbox")).status).toBe(404);
    await app.close();
    app = await testApp({ SMTP_URL: "smtp://127.0.0.1:1" });
    expect((await app.person().opens("/dev/mailbox")).status).toBe(404);
  });
});

describe("a production without a mail server", () => {
  it("offers nothing that would need a letter", async () => {
    const app = await testApp(production);
    for (const path of ["/reset-password", "/reset-password/choose", "/verify-email", "/not-me"]) {
      expect((await app.person().opens(path)).status, path).toBe(404);
    }
    expect((await app.person().opens("/login")).html).not.toContain("/reset-password");
    await app.person({}, { origin: production.BASE_URL }).signsUp();
    expect(await app.s.db.selectFrom("outbox").selectAll().execute()).toEqual([]);
    await app.close();
  });
});
