/** Removes each optional feature in turn, and checks that nothing of it is left and the rest works. */
// Runs on one engine: what is left of a feature does not differ by engine.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../test/person.ts";
import { createUserByAdmin } from "../core/account/admin-actions.ts";
import { actingAs } from "../core/request-info.ts";
import { grantRole } from "../core/users/roles.ts";
import { findUserByName } from "../core/users/users.ts";
import { collect } from "./collect.ts";
import type { Feature } from "./feature.ts";
import { features } from "./index.ts";
import { messagesOf } from "./messages.ts";

const root = join(import.meta.dirname, "../..");
/** The product is built around these. */
const required = ["login", "logout", "settings"];
const optional = features.filter(({ name }) => !required.includes(name));
/** Every feature has its routes with these. */
const settings = {
  TOKEN_AUDIENCES: "https://api.example.com",
  FORWARD_AUTH_HOSTS: "localhost:3000",
  LANGUAGES: "en,de",
  EMAIL_LOGIN: "on",
  PROVIDERS: "github",
  PROVIDER_GITHUB_CLIENT_ID: "client",
  PROVIDER_GITHUB_SECRET: "a secret for tests",
  PROVIDER_CALLBACKS: "https://app.example.com/callback",
};

describe("removing a feature", () => {
  let whole: TestApp;
  beforeAll(async () => {
    whole = await testApp(settings);
  });
  afterAll(() => whole.close());

  it("feature: the list alone imports its folder, so all other files compile without it", () => {
    const importers = globSync("{src,test,bench,tools}/**/*.ts", { cwd: root });
    const folders = globSync("src/features/*/*/", { cwd: root }).map((path) => path.replace(/\/$/, ""));
    expect(folders).toHaveLength(features.length);
    for (const folder of folders) {
      const name = folder.split("/").slice(-2).join("/");
      const imports = new RegExp(`(?:from|import\\() ?"[./]*(?:src/)?(?:features/)?${name}/`);
      const found = importers.filter((path) => !path.startsWith(`${folder}/`) && imports.test(read(path)));
      expect(found, name).toEqual(["src/features/index.ts"]);
    }
  });

  it("token purposes: those that core declares have more users than one feature", () => {
    const sources = globSync("src/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));
    for (const id of purposesOfCore.keys()) {
      const imports = new RegExp(`^import [^;]*\\b${id}\\b`, "m");
      const users = sources.filter((path) => imports.test(read(path))).map((path) => /^src\/features\/.*\//.exec(path)?.[0] ?? path);
      expect(new Set(users).size, id).toBeGreaterThan(1);
    }
    expect(namesOfCore).toContain("revert-email");
  });

  it.each(optional.map((feature) => [feature.name, feature] as const))(
    "%s: no file outside of features names a part of it",
    (_, feature) => {
      const sources = central.map((path) => ({ path, code: withoutComments(read(path)) }));
      for (const name of ownNames(feature, whole)) {
        const literal = new RegExp(`"${name}(?:[?#][^"]*)?"|\`${name}[?#$]`);
        expect(
          sources.filter(({ code }) => literal.test(code)).map(({ path }) => path),
          name,
        ).toEqual([]);
      }
    },
  );

  it("signup: SIGNUP=confirm is refused at the start without the feature that verifies emails", () => {
    const rest = features.filter(({ pages = {} }) => pages["email-verification"] === undefined);
    const s = { ...whole.s, settings: { ...whole.s.settings, signup: "confirm" as const }, catalog: collect(rest) };
    expect(() => rest.map((feature) => ownPaths(feature, { s }))).toThrow("SIGNUP must be open or closed");
  });

  it.each(optional.map((feature) => [feature.name, feature] as const))(
    "%s: without it, the rest works and nothing leads to it",
    async (name, feature) => {
      const rest = features.filter((each) => each !== feature);
      const app = await testApp(settings, { features: rest });
      try {
        const isShared = (route: string) => sharedPath(name)?.test(pathOf(route)) === true;
        const gone = routesOf(whole).filter((route) => !routesOf(app).includes(route) && !isShared(route));
        expect(gone).toEqual(routesOf(whole).filter((route) => ownPaths(feature, whole).includes(pathOf(route))));
        expect(gone.length).toBeGreaterThan(0);
        declaresNothingOf(feature, app);
        expect(messagesOf(rest).filter((messages) => feature.messages?.includes(messages))).toEqual([]);
        const paths = [...new Set(gone.map(pathOf))];
        const stranger = app.person();
        const ada = await loggedIn(app);
        for (const who of [stranger, ada]) await leadsNowhere(app, who, paths);
        for (const { text } of await app.emails())
          expect(
            paths.filter((path) => new RegExp(`${path}(?![\\w/-])`).test(text.replaceAll(/https?:\/\/[^/\s]+/g, ""))),
            `${name}: ${text}`,
          ).toEqual([]);
      } finally {
        await app.close();
      }
    },
  );
});

const read = (path: string) => readFileSync(join(root, path), "utf8");
const pathOf = (route: string) => route.split(" ")[1] ?? "";
const routesOf = ({ hono }: TestApp) => hono.routes.map(({ method, path }) => `${method} ${path}`);

/** Sources outside of the features, except the generated names, the client and the attacks from outside. */
const central = globSync("src/**/*.ts", { cwd: root }).filter(
  (path) => !path.endsWith(".test.ts") && !/^src\/(?:features\/|probe\/|client\.ts$|library\/names\.ts$)/.test(path),
);

/** Purposes that core declares, by constant. Without the feature that redeems one, the catalog has none. */
const purposesOfCore = new Map(
  central.flatMap((path) =>
    [...read(path).matchAll(/const (\w+): TokenPurpose = \{\s*name: "([a-z-]+)"/g)].map(([, id = "", name = ""]) => [id, name]),
  ),
);
const namesOfCore = [...purposesOfCore.values()];

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

/** Paths, events, emails and tokens that this feature declares itself. */
function ownNames(feature: Feature, whole: TestApp): string[] {
  const [tokens, kinds] = [feature.tokens ?? [], Object.keys(feature.emails ?? {})];
  const names = [...tokens.map(({ name }) => name), ...kinds].filter((name) => !namesOfCore.includes(name));
  return [...ownPaths(feature, whole).filter((path) => path !== "/"), ...Object.keys(feature.events ?? {}), ...names];
}

/** Pages of another feature that need this one too. */
function sharedPath(name: string): RegExp | undefined {
  // Whoever removes the password needs another credential.
  if (name === "passkeys") return /^\/(?:signup\/passkey|settings\/change-password\/remove)/;
  return name === "verify-email" ? /^\/signup\/passkey/ : undefined;
}

function ownPaths(feature: Feature, { s }: Pick<TestApp, "s">): string[] {
  const paths: string[] = [];
  const add = (path: string) => void paths.push(path);
  feature.routes({ page: add, form: add, endpoint: add }, s, features);
  return paths;
}

function declaresNothingOf(feature: Feature, { s: { catalog } }: TestApp): void {
  expect(Object.keys(feature.events ?? {}).filter((event) => catalog.events.has(event))).toEqual([]);
  expect(Object.keys(feature.emails ?? {}).filter((kind) => catalog.emails.has(kind))).toEqual([]);
  expect((feature.tokens ?? []).filter(({ name }) => catalog.tokens.some((purpose) => purpose.name === name))).toEqual([]);
  expect((feature.jobs ?? []).filter((job) => catalog.jobs.includes(job))).toEqual([]);
  expect(Object.keys(feature.pages ?? {}).filter((role) => [...catalog.pages.keys()].some((each) => each === role))).toEqual([]);
}

/** An administrator who has signed up if that is possible, and has caused the emails that are possible. */
async function loggedIn(app: TestApp): Promise<Person> {
  const ada = app.person({ username: "ada" });
  const { username, email, password } = ada.identity;
  if (app.hono.serves("/signup")) expect((await ada.signsUp()).status).toBe(303);
  else await createUserByAdmin(app.s, { username, email, password, emailVerified: false }, actingAs("command line"));
  const user = await findUserByName(app.s, "ada");
  await grantRole(app.s, user?.id ?? "", "admin", actingAs("command line"));
  await app.s.db.updateTable("users").set({ email_verified_at: app.s.now() }).execute();
  if (app.hono.serves("/reset-password")) await ada.fillsIn("/reset-password", { email });
  expect((await ada.logsIn()).status).toBe(303);
  if (app.hono.serves("/settings/change-username")) await ada.fillsIn("/settings/change-username", { username: "countess" });
  if (app.hono.serves("/settings/change-email")) {
    await ada.fillsIn("/settings/change-email", { email: "new@example.com" });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails("new@example.com"))[0]?.text ?? "")?.[1] ?? "";
    expect((await ada.fillsIn("/settings/change-email/confirm", { code })).location).toBe("/settings");
  }
  return ada;
}

/** Opens every page, also one that asks to authenticate again, and checks its links, forms and redirects. */
async function leadsNowhere(app: TestApp, who: Person, gone: readonly string[]): Promise<void> {
  const paths = routesOf(app)
    .filter((route) => route.startsWith("GET ") && !route.includes("/assets/"))
    .map(pathOf);
  for (const path of [...paths, "/login?switch=1", "/unknown"]) {
    const { status, html, location } = await who.opens(path);
    expect(status, path).toBeLessThan(500);
    const links = [...html.matchAll(/(?:href|action)="([^"?#]*)/g)].map(([, link = ""]) => link);
    const targets = [...links, ...(location?.split(/[?#]/, 1) ?? [])];
    expect(
      targets.filter((target) => gone.includes(target)),
      path,
    ).toEqual([]);
  }
  app.passes(16 * 60_000);
  const { location } = await who.opens("/settings/delete");
  expect(gone).not.toContain(location?.split("?", 1)[0]);
}
