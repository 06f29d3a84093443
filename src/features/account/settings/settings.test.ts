import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../../test/person.ts";
import { html as markup } from "../../../ui/html.ts";
import type { Feature } from "../../feature.ts";
import { features } from "../../index.ts";

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
    expect(text).toMatch(/Countess of Lovelace ada · Member since \d{1,2} \w+ \d{4} /);
    expect(text).toMatch(/Sessions 1 session See where .* Review: Sessions/);
  });

  it("settings: the row of an unverified email leads to its verification, and that of a verified one to a change", async () => {
    const ida = await app.person({ username: "ida" }).isLoggedIn();
    const row = async () => {
      const { html, text } = await ida.opens("/settings");
      return [/Email ida@example.com (.*?: Email)/.exec(text)?.[1], /href="([^"]+)">[^<]*<span class="for-ears">: Email/.exec(html)?.[1]];
    };
    expect(await row()).toEqual(["Not verified Verify: Email", "/verify-email"]);
    await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).where("username", "=", "ida").execute();
    expect(await row()).toEqual(["Verified Change: Email", "/settings/change-email"]);
  });

  it("settings: without a page that verifies emails, the row of an unverified email leads to a change", async () => {
    const own = await testApp({}, { features: features.filter(({ name }) => name !== "verify-email") });
    const jean = await own.person({ username: "jean" }).isLoggedIn();
    expect((await jean.opens("/settings")).text).toContain("Not verified Change: Email");
    await own.close();
  });

  it("settings: title, heading, menu entry and row of each page are the same", async () => {
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
      expect(page.status, path).toBe(200);
      expect(page.html, path).toContain(`<h1>${title}</h1>`);
      expect(page.html, path).toContain(`<title>${title} · `);
      expect(page.html, path).toMatch(new RegExp(`<a href="${path}" aria-current="page"><svg[^\\n]*</svg>${title}</a>`));
    }
  });

  it("settings: pages with a session link to it", async () => {
    const kay = await app.person({ username: "kay" }).isLoggedIn();
    for (const path of ["/dashboard", "/settings", "/settings/change-email"]) {
      expect((await kay.opens(path)).html, path).toContain('href="/settings"');
    }
  });

  it("settings: a page below an entry of the menu marks that entry", async () => {
    const lise = await app.person({ username: "lise" }).isLoggedIn();
    await lise.fillsIn("/settings/change-email", { email: "lise@example.org" });
    const { html } = await lise.opens("/settings/change-email/confirm");
    expect(html).toContain('<a href="/settings/change-email" aria-current="page">');
    expect(html.match(/aria-current="page"/g)).toHaveLength(2);
  });

  it("settings: only what is dangerous stands in the danger zone, which is last", async () => {
    const emmy = await app.person({ username: "emmy" }).isLoggedIn();
    const panels = (await emmy.opens("/settings")).html.split('<section class="panel');
    expect(panels.at(-1)).toMatch(/^ danger">/);
    expect(panels.filter((each) => each.startsWith(" danger"))).toHaveLength(1);
    expect(panels.at(-1)).toContain('href="/settings/delete"');
  });

  it("settings: a link for administrators is in the header of administrators only", async () => {
    const mary = await app.person({ username: "mary" }).isLoggedIn();
    expect((await mary.opens("/settings")).html).not.toContain('href="/admin"');
    await app.s.db.updateTable("users").set({ roles: "admin" }).where("username", "=", "mary").execute();
    expect((await mary.opens("/settings")).html).toContain('<a href="/admin">Admin</a>');
    expect((await mary.opens("/settings/sessions")).html).toContain('<a href="/admin">Admin</a>');
  });

  it("settings: a page for some users is in the menu and the overview of those users only", async () => {
    const path = "/settings/beta";
    const beta: Feature = {
      name: "beta",
      settingsPage: { path, title: "Beta", group: "more", icon: "user", action: "open", isFor: ({ roles }) => roles.includes("beta") },
      routes: (routes) => routes.page(path, () => ({ title: "Beta", width: "account", body: markup`<h1>Beta</h1>` })),
    };
    const own = await testApp({}, { features: [...features, beta] });
    const [mary, lin] = [await own.person({ username: "mary" }).isLoggedIn(), await own.person({ username: "lin" }).isLoggedIn()];
    await own.s.db.updateTable("users").set({ roles: "beta" }).where("username", "=", "mary").execute();
    const linksOf = async (person: typeof mary, page: string) =>
      (await person.opens(page)).html.match(/href="\/settings\/beta"/g)?.length ?? 0;
    for (const [page, count] of [
      ["/settings/sessions", 1],
      ["/settings", 2],
      ["/dashboard", 0],
    ] as const) {
      expect(await linksOf(mary, page), page).toBe(count);
      expect(await linksOf(lin, page), page).toBe(0);
      expect(await linksOf(mary, page), page).toBe(count);
    }
    expect((await lin.opens("/settings/sessions")).html).not.toContain("<h2>More</h2>");
    await own.close();
  });

  it("settings: a visitor without a session is redirected to login", async () => {
    expect((await app.person().opens("/settings")).location).toBe("/login?next=%2Fsettings");
  });
});
