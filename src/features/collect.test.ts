/** Collects what features declare. */
// Runs on one engine: what is collected does not differ by engine.
import { describe, expect, it } from "vitest";
import { testApp } from "../../test/person.ts";
import { cleanupExpired } from "../core/maintenance/cleanup.ts";
import { html } from "../ui/html.ts";
import { collect } from "./collect.ts";
import type { Feature } from "./feature.ts";
import { features } from "./index.ts";

describe("features", () => {
  it("feature: its jobs, its exported data and its erasure run with those of core", async () => {
    const runs: string[] = [];
    const notes: Feature = {
      name: "notes",
      routes: () => {},
      jobs: [{ name: "old-notes", removeExpired: async (_, count) => runs.push(`removes up to ${count}`) * 0 }],
      exportData: { name: "notes", read: async (_, userId) => [{ userId, writtenAt: 0 }] },
      eraseData: async (tx, userIds) => {
        const left = await tx.db.selectFrom("users").select("id").where("id", "in", userIds).execute();
        runs.push(`erases ${userIds.join()} of ${left.length} accounts`);
      },
    };
    const app = await testApp({ DELETE_AFTER: "0" }, { features: [...features, notes] });
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const { id } = await app.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    runs.length = 0;
    await cleanupExpired(app.s);
    expect((await ada.fillsIn("/settings/export", {})).json()).toMatchObject({
      notes: [{ userId: id, writtenAt: "1970-01-01T00:00:00.000Z" }],
    });
    await ada.fillsIn("/settings/delete", { username: "ada" });
    expect(runs).toEqual(["removes up to 100", `erases ${id} of 0 accounts`]);
    await app.close();
  });

  it("page: its form targets are in form-action of the CSP, also where the URL may hold a token", async () => {
    const formTargets = ["https://app.example.com"];
    const purpose = { name: "opened", lifetimeMs: 1, landingPath: "/opened" };
    const page = { title: "Elsewhere", body: html`<p>Elsewhere</p>`, formTargets };
    const feature: Feature = {
      name: "elsewhere",
      tokens: [purpose],
      routes: (to) => {
        for (const path of ["/elsewhere", "/opened"]) to.page(path, () => page, { access: "public" });
      },
    };
    const app = await testApp({}, { features: [...features, feature] });
    const headersOf = async (path: string) => (await app.person().opens(path)).headers;
    for (const path of ["/elsewhere", "/opened"])
      expect((await headersOf(path)).get("content-security-policy"), path).toContain("form-action 'self' https://app.example.com;");
    expect((await headersOf("/opened")).get("referrer-policy")).toBe("no-referrer");
    expect((await headersOf("/login")).get("content-security-policy")).toContain("form-action 'self';");
    await app.close();
  });

  it("features: two with the same event, token, page role, or a part that only one may have are refused", () => {
    const one: Feature = { name: "one", routes: () => {}, events: { happened: { key: "one.happened" } } };
    expect(() => collect([one, { ...one, name: "two" }])).toThrow("Two features declare happened.");
    const purpose = { name: "x", lifetimeMs: 1, landingPath: "/x" };
    const withToken: Feature = { name: "three", routes: () => {}, tokens: [purpose] };
    expect(() => collect([withToken, { ...withToken, name: "four" }])).toThrow("Two features declare x.");
    const withPage: Feature = { name: "seven", routes: () => {}, pages: { home: { path: "/x" } } };
    expect(() => collect([withPage, { ...withPage, name: "eight" }])).toThrow("Two features declare home.");
    const link = { text: { key: "five.link" }, purpose };
    const withLink: Feature = { name: "five", routes: () => {}, securityNoticeLink: link };
    expect(() => collect([withLink, { ...withLink, name: "six" }])).toThrow("only one may have");
  });
});
