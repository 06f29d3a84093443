/** Installs the packed package outside the checkout, once for each entry with nothing else than its framework, and walks through. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, Stranger, walks } from "./consumer.ts";

const { devDependencies, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  devDependencies: Record<string, string>;
  version: string;
};
/** In the version that the checkout is developed with, so that the registry is asked for little. */
const at = (name: string) => `${name}@${devDependencies[name] ?? "latest"}`;
const secret = "k9".repeat(20);

it.concurrent("npx latchkey: says its version and serves, in a folder with nothing else", async (test) => {
  const stranger = new Stranger("program", test);
  await stranger.installs();
  expect(await stranger.runs("npx", ["latchkey", "--version"])).toBe(`${version}\n`);
  const url = await stranger.starts("npx", ["latchkey"]);
  await walks(url, { guarded: "/dashboard", says: "Hello, ada" });
});

it.concurrent.for(["latchkey", "latchkey/testing"])("%s: an older Node is refused by its own name", async (entry, test) => {
  const stranger = new Stranger(`older-${entry.length}`, test);
  await stranger.installs();
  const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } }); await import("${entry}");`;
  const run = stranger.runs("node", ["--input-type=module", "-e", older]);
  await expect(run).rejects.toThrow("Error: Latchkey needs Node.js 24 or later; this is 20.20.2.");
});

const frameworks: [string, string, string[]][] = [
  ["node:http", "node-http", []],
  ["Express 5", "express", ["express", "@types/express"]],
  ["Fastify 5", "fastify", ["fastify"]],
  ["Hono 4", "hono", ["hono", "@hono/node-server"]],
];
it.concurrent.for(frameworks)("%s: the app of docs/library.md compiles strictly and lets people in", async ([, name, packages], test) => {
  const stranger = new Stranger(name, test);
  await stranger.installs(...[...packages, "@types/node"].map(at));
  const [path = ""] = stranger.writesFrom("docs/library.md", new RegExp(`^guides/${name}\\.ts$`));
  await stranger.compiles([path]);
  await walks(await stranger.starts("node", [path]));
  if (name !== "express") return;
  // The same behind body parsers, below a path.
  const parsed = readFileSync(join(stranger.folder, path), "utf8")
    .replace("app.use(", "app.use(express.urlencoded({ extended: true }), express.json());\napp.use(")
    .replace("databaseUrl:", 'mountPath: "/auth",\n  databaseUrl:')
    .replace("app.sqlite", "parsed.sqlite");
  await walks(await stranger.starts("node", [stranger.writes("guides/parsed.ts", parsed)]), { mount: "/auth" });
});

it.concurrent("Next, App Router: the three files of docs/library.md are built without a secret, started, and let people in", async (test) => {
  const stranger = new Stranger("next", test);
  // Next compiles TypeScript by the compiler's programming interface, which version 7 has not.
  const packages = ["next", "react", "react-dom", "@types/node"].map(at);
  await stranger.installs(...packages, "@types/react@19", "typescript@5");
  // No module type: as create-next-app has it.
  stranger.writes(
    "package.json",
    JSON.stringify({ ...JSON.parse(readFileSync(join(stranger.folder, "package.json"), "utf8")), type: undefined }),
  );
  stranger.writesFrom("docs/library.md", /^(?:lib|app)\//);
  const layout =
    "export default function Layout({ children }: LayoutProps<'/'>) {\n  return <html lang=\"en\"><body>{children}</body></html>;\n}\n";
  stranger.writes("app/layout.tsx", layout);
  await stranger.runs("npx", ["next", "build"]);
  const url = await stranger.starts("npx", ["next", "start"], { NODE_ENV: "production", SECRET_KEY: secret });
  await walks(url, { mount: "/auth" });
});

it.concurrent("CommonJS: require gives the package and its types, also with module node16", async (test) => {
  const stranger = new Stranger("commonjs", test);
  await stranger.installs(at("@types/node"));
  const [path = ""] = stranger.writesFrom("docs/library.md", /\.cjs$/);
  await stranger.compiles([stranger.writes("app.cts", requires)], { module: "node16", types: ["node"] });
  await walks(await stranger.starts("node", [path]));
});

const requires = `
import { type User } from "latchkey";
import latchkey = require("latchkey");
import node = require("latchkey/node");
import client = require("latchkey/client");
import testing = require("latchkey/testing");
async function main(): Promise<void> {
  const opened: latchkey.Latchkey = await latchkey.createLatchkey({ siteName: "Example" });
  const user: User | undefined = await opened.users.find({ username: "ada" });
  const error: unknown = new latchkey.LatchkeyError("closed", user?.email ?? "");
  if (error instanceof latchkey.LatchkeyError) console.log(error.code, node.latchkeyNode(opened), client.createClient, testing.createTestLatchkey);
}
void main();
`;

it.concurrent("all entries in one app compile strictly, with types from end to end", async (test) => {
  const stranger = new Stranger("types", test);
  await stranger.installs(...["express", "@types/express", "fastify", "hono", "zod", "@types/node"].map(at));
  await stranger.compiles([stranger.writes("app.ts", wholeUse)]);
});

const wholeUse = `
import { createLatchkey, html, LatchkeyError, type User } from "latchkey";
import { latchkeyExpress, loginRequired } from "latchkey/express";
import { latchkeyHono, type LatchkeyVariables } from "latchkey/hono";
import { latchkeyNode } from "latchkey/node";
import { latchkeyNext } from "latchkey/next";
import { z } from "zod";
const latchkey = await createLatchkey({
  secretKey: "k9".repeat(20), sessionIdle: "12h", pages: { "/login": ({ title }) => html\`<h1>\${title}</h1>\` },
  emails: { "verify-email": ({ subject }) => ({ subject, text: "", html: "" }) }, theme: { colors: { accent: "red" } },
  features: { "delete-account": false }, extraUserFields: z.object({ company: z.string() }),
});
const user = await latchkey.users.create({ username: "ada", email: "ada@example.com", extra: { company: "Acme" } });
const company: string = user.extra.company;
// @ts-expect-error there is no such field
user.extra.nonsense;
latchkey.on("logged-in", ({ userId }) => console.log(userId, company));
// @ts-expect-error there is no such event
latchkey.on("nonsense", () => undefined);
const guarded = await latchkey.loginRequired(new Request("http://x.test/"));
const shown: User<{ company: string }> | Response = guarded.ok ? guarded.user : guarded.response;
void [shown, LatchkeyError, latchkeyExpress(latchkey), loginRequired(), latchkeyHono(latchkey), latchkeyNode(latchkey), latchkeyNext(latchkey)];
export type Variables = LatchkeyVariables<{ company: string }>;
await latchkey.sessions.endAll(user.id);
await latchkey.close();
`;

it.concurrent("every guide in docs/ compiles strictly and runs as printed, the client against the program", async (test) => {
  const stranger = new Stranger("guides", test);
  await stranger.installs(at("@types/node"), at("zod"), at("jose"));
  const pages = ["docs/testing.md", "docs/access-token.md", "docs/json-api.md", ...guidePages()];
  const paths = pages.flatMap((page) => stranger.writesFrom(page, /^(?:guides|src)\/.*\.ts$/));
  await stranger.compiles(paths);
  const url = await stranger.starts("npx", ["latchkey"]);
  await walks(url, { guarded: "/dashboard", says: "Hello, ada" });
  // The examples speak to a host of nobody's.
  const redirected = `const own = fetch; globalThis.fetch = (url, init) => own(String(url).replace("https://accounts.example.com", "${url}"), init);`;
  stranger.writes("fetch.mjs", redirected);
  for (const path of paths) {
    const said = await stranger.runs("node", ["--import", "./fetch.mjs", path]);
    if (path.endsWith("client.ts")) expect(said).toMatch(/^ada /);
  }
});

function guidePages(): string[] {
  return execFileSync("git", ["ls-files", "docs/guides"], { cwd: root, encoding: "utf8" }).trim().split("\n");
}

it.concurrent("a clone without development dependencies starts by npm start", async (test) => {
  const stranger = new Stranger("clone", test);
  execFileSync("git", ["clone", "--quiet", root, join(stranger.folder, "checkout")]);
  await stranger.runs("npm", ["ci", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", "--prefix", "checkout"]);
  const url = await stranger.starts("npm", ["start", "--prefix", "checkout"]);
  await walks(url, { guarded: "/dashboard", says: "Hello, ada" });
});
