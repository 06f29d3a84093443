import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";

describe("settings", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("shows who one is", async () => {
    const ada = await app.person().isLoggedIn();
    await ada.fillsIn("/settings/display-name", { display_name: "Countess of Lovelace" });
    const { text } = await ada.opens("/settings");
    expect(text).toContain("Countess of Lovelace ada · ada@example.com · not confirmed yet");
    expect(text).toMatch(/Here since \d{1,2} \w+ \d{4}/);
  });

  it("leads to everything that can be changed, and every card leads somewhere", async () => {
    const grace = await app.person({ username: "grace" }).isLoggedIn();
    const { settings } = (await grace.opens("/settings", { accept: "application/json" })).json() as { settings: { path: string }[] };
    const paths = settings.map(({ path }) => path);
    expect(paths.slice(0, 4)).toEqual([
      "/settings/display-name",
      "/settings/change-username",
      "/settings/change-email",
      "/settings/change-password",
    ]);
    const { html } = await grace.opens("/settings");
    for (const path of paths) {
      expect(html).toContain(`href="${path}"`);
      expect((await grace.opens(path)).status, path).toBe(200);
    }
  });

  it("is on the way from every page", async () => {
    const kay = await app.person({ username: "kay" }).isLoggedIn();
    for (const path of ["/dashboard", "/settings", "/settings/change-email"]) {
      expect((await kay.opens(path)).html, path).toContain('href="/settings"');
    }
  });

  it("is for those who are logged in", async () => {
    expect((await app.person().opens("/settings")).location).toBe("/login?next=%2Fsettings");
  });
});
