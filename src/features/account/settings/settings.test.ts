import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";

describe("settings", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("settings: the profile is shown", async () => {
    const ada = await app.person().isLoggedIn();
    await ada.fillsIn("/settings/display-name", { display_name: "Countess of Lovelace" });
    const { text } = await ada.opens("/settings");
    expect(text).toContain("Countess of Lovelace ada · ada@example.com · Not verified");
    expect(text).toMatch(/Member since \d{1,2} \w+ \d{4}/);
  });

  it("settings: every card leads to a page with the same title", async () => {
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    const { settings } = (await grace.opens("/settings", { accept: "application/json" })).json() as {
      settings: { path: string; title: string }[];
    };
    const paths = settings.map(({ path }) => path);
    expect(paths.slice(0, 4)).toEqual([
      "/settings/display-name",
      "/settings/change-username",
      "/settings/change-email",
      "/settings/change-password",
    ]);
    const { html } = await grace.opens("/settings");
    for (const { path, title } of settings) {
      expect(html).toContain(`href="${path}"`);
      const page = await grace.opens(path);
      expect([page.status, page.html.includes(`<h1>${title}</h1>`)], path).toEqual([200, true]);
    }
  });

  it("settings: pages with a session link to it", async () => {
    const kay = await app.person({ username: "kay" }).isLoggedIn();
    for (const path of ["/dashboard", "/settings", "/settings/change-email"]) {
      expect((await kay.opens(path)).html, path).toContain('href="/settings"');
    }
  });

  it("settings: a visitor without a session is redirected to login", async () => {
    expect((await app.person().opens("/settings")).location).toBe("/login?next=%2Fsettings");
  });
});
