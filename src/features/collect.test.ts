/** Features stand alone: each optional one can be taken out, and leaves nothing behind. */
// Runs on one engine: it asks for no data.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testApp } from "../../test/person.ts";
import { cleanupExpired } from "../core/maintenance/cleanup.ts";
import { html } from "../ui/html.ts";
import { collect } from "./collect.ts";
import type { Feature } from "./feature.ts";
import { features } from "./index.ts";
import { messagesOf } from "./messages.ts";

const root = join(import.meta.dirname, "../..");
/** Without these there is no product. */
const required = ["login", "logout", "settings"];
const optional = features.filter(({ name }) => !required.includes(name));

describe("the list of features", () => {
  it("each feature's folder is imported by the list alone, so the rest compiles without it", () => {
    const importers = globSync("src/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));
    const folders = globSync("src/features/*/*/", { cwd: root });
    expect(folders).toHaveLength(features.length);
    for (const folder of folders) {
      const name = folder.split("/").slice(-2).join("/");
      const found = importers.filter(
        (path) => !path.startsWith(folder) && new RegExp(`from "[./]*(?:features/)?${name}/`).test(readFileSync(join(root, path), "utf8")),
      );
      expect(found, name).toEqual(["src/features/index.ts"]);
    }
  });

  it.each(optional.map(({ name }) => name))("without %s, its routes, events, emails, tokens and messages are gone", async (name) => {
    const [out] = features.filter((each) => each.name === name);
    const rest = features.filter((each) => each.name !== name);
    const app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" }, { features: rest });
    try {
      const whole = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" });
      const routes = (one: typeof app) => one.hono.routes.map(({ method, path }) => `${method} ${path}`);
      const gone = routes(whole).filter((route) => !routes(app).includes(route));
      await whole.close();
      expect(gone.length).toBeGreaterThan(0);
      const { tokens, events, emails, jobs } = app.s.catalog;
      const declared = collect([out as Feature]);
      expect([...declared.events.keys()].filter((event) => events.has(event))).toEqual([]);
      expect([...declared.emails.keys()].filter((kind) => emails.has(kind))).toEqual([]);
      expect(declared.tokens.filter((purpose) => tokens.includes(purpose))).toEqual([]);
      expect(declared.jobs.filter((job) => jobs.includes(job))).toEqual([]);
      expect(messagesOf(rest).filter((messages) => out?.messages?.includes(messages))).toEqual([]);
      // What is left works, and no page leads to what is gone.
      const ada = app.person({ username: "ada" });
      if (name === "signup") return;
      await ada.signsUp();
      expect((await ada.logsIn()).status).toBe(303);
      const paths = routes(app)
        .filter((route) => route.startsWith("GET "))
        .map((route) => route.slice("GET ".length))
        .filter((path) => !path.startsWith("/assets/"));
      const dead = gone.map((route) => route.split(" ")[1] ?? "");
      for (const path of paths) {
        const page = await ada.opens(path);
        expect(page.status, path).toBeLessThan(500);
        const links = [...page.html.matchAll(/(?:href|action)="([^"?#]*)/g)].map(([, link = ""]) => link);
        expect(
          links.filter((link) => dead.includes(link)),
          `${path} leads to ${name}`,
        ).toEqual([]);
      }
    } finally {
      await app.close();
    }
  });

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

  it("refuses two features with one event, one token, or one part that only one may have", () => {
    const one: Feature = { name: "one", routes: () => {}, events: { happened: { key: "one.happened" } } };
    expect(() => collect([one, { ...one, name: "two" }])).toThrow("Two features declare happened.");
    const purpose = { name: "x", lifetimeMs: 1, landingPath: "/x" };
    const withToken: Feature = { name: "three", routes: () => {}, tokens: [purpose] };
    expect(() => collect([withToken, { ...withToken, name: "four" }])).toThrow("Two features declare x.");
    const link = { text: { key: "five.link" }, purpose };
    const withLink: Feature = { name: "five", routes: () => {}, securityNoticeLink: link };
    expect(() => collect([withLink, { ...withLink, name: "six" }])).toThrow("only one may have");
  });

  it("reset-password stands in its own folder, the list, the client and the probe only", () => {
    const found = execFileSync("grep", ["-rl", "reset-password", "src", "--include=*.ts"], { cwd: root, encoding: "utf8" })
      .trim()
      .split("\n")
      .filter((path) => !path.endsWith(".test.ts"))
      .filter((path) => !/^src\/(?:features\/recovery\/reset-password\/|features\/index\.ts$|client\.ts$|probe\/)/.test(path));
    expect(found).toEqual([]);
  });
});
