import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";

describe("log out", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("log out: the session ends on the server, and a copied cookie no longer works", { tags: ["asvs-7.4.1"] }, async () => {
    const ada = await app.person({ username: "copied" }).isLoggedIn();
    const copy = app.person();
    for (const [name, value] of ada.cookies) copy.cookies.set(name, value);
    expect((await copy.opens("/dashboard")).status).toBe(200);
    const answer = await ada.logsOut();
    expect([answer.status, answer.location]).toEqual([303, "/login"]);
    expect((await copy.opens("/dashboard")).location).toBe("/login?next=%2Fdashboard");
    expect((await ada.opens("/login")).text).toContain("You have been logged out successfully.");
  });

  it("log out: Clear-Site-Data is sent only with CLEAR_SITE_DATA", { tags: ["asvs-14.3.1"] }, async () => {
    const ada = await app.person({ username: "cleared" }).isLoggedIn();
    expect((await ada.opens("/dashboard")).headers.get("cache-control")).toBe("no-store");
    expect((await ada.logsOut()).headers.get("clear-site-data")).toBeNull();
    const thorough = await testApp({ CLEAR_SITE_DATA: "storage" });
    const eve = await thorough.person().isLoggedIn();
    expect((await eve.logsOut()).headers.get("clear-site-data")).toBe('"storage"');
    await thorough.close();
  });

  it("log out: GET shows a page with a button and ends no session", { tags: ["asvs-3.5.3"] }, async () => {
    const ada = await app.person({ username: "asked" }).isLoggedIn();
    const answer = await ada.opens("/logout");
    expect(answer.text).toContain("Log out?");
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("log out: without a session the page says so", async () => {
    const visitor = app.person();
    expect((await visitor.opens("/logout")).text).toContain("You're not logged in");
    expect((await visitor.fillsIn("/logout", {})).status).toBe(403);
  });
});
