import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";

describe("home", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SITE_NAME: "The Reading Room" });
  });
  afterAll(() => app.close());

  it("home: a visitor gets the site's name and links to sign up and log in", async () => {
    const { status, html, text } = await app.person().opens("/");
    expect(status).toBe(200);
    expect(text).toContain("The Reading Room Create an account or log in.");
    expect(html).toContain('href="/signup"');
    expect(html).toContain('href="/login"');
  });

  it("home: the footer links to terms, privacy and contact if they are set", async () => {
    expect((await app.person().opens("/")).html).not.toContain("<footer");
    const own = await testApp({ TERMS_URL: "/terms", PRIVACY_URL: "https://example.com/privacy", CONTACT_URL: "mailto:help@example.com" });
    const { html } = await own.person().opens("/login");
    const footer = /<footer[\s\S]*<\/footer>/.exec(html)?.[0];
    expect(footer).toContain(
      '<a href="/terms">Terms</a><a href="https://example.com/privacy">Privacy</a><a href="mailto:help@example.com">Contact</a>',
    );
    await own.close();
    await expect(testApp({ TERMS_URL: "javascript:alert(1)" })).rejects.toThrow("TERMS_URL must be");
  });

  it("home: a user gets a link to the dashboard", async () => {
    const ada = await app.person().isLoggedIn();
    await ada.opens("/dashboard");
    const { html, text } = await ada.opens("/");
    expect(text).toContain("You're logged in as ada.");
    expect(html).toContain('href="/dashboard"');
    expect(html).not.toContain('href="/signup"');
  });

  it("home: JSON has the user and no password hash", async () => {
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    const asked = await grace.opens("/", { accept: "application/json" });
    expect(asked.json()).toEqual({ user: expect.objectContaining({ username: "grace", email: "grace@example.com" }) });
    expect(asked.html).not.toMatch(/password|hash|key/i);
    expect((await app.person().opens("/", { accept: "application/json" })).json()).toEqual({ user: null });
  });

  it("home: a visit without a session sets no cookie", async () => {
    expect((await app.person().opens("/")).setCookies.size).toBe(0);
  });
});
