/** Installs the packed package outside the checkout, and tests each entry. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ConsumerProject, expectLoginWorks, root } from "./consumer.ts";

const { devDependencies, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  devDependencies: Record<string, string>;
  version: string;
};
/** Adds the version of the checkout, which the npm cache has. */
const at = (name: string) => `${name}@${devDependencies[name] ?? "latest"}`;
const secret = "k9".repeat(20);

it.concurrent("npx latchkey: prints its version and serves in an empty directory", async (test) => {
  const project = new ConsumerProject("program", test);
  await project.installs();
  expect(await project.runs("npx", ["latchkey", "--version"])).toBe(`${version}\n`);
  const url = await project.starts("npx", ["latchkey"]);
  await expectLoginWorks(url, { guarded: "/dashboard", says: "Hello, ada" });
});

it.concurrent.for(["latchkey", "latchkey/testing"])("%s: an older Node.js is rejected with its version", async (entry, test) => {
  const project = new ConsumerProject(`older-${entry.length}`, test);
  await project.installs();
  const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } }); await import("${entry}");`;
  const run = project.runs("node", ["--input-type=module", "-e", older]);
  await expect(run).rejects.toThrow("Error: Latchkey needs Node.js 24 or later; this is 20.20.2.");
});

const frameworks: [string, string, string[]][] = [
  ["node:http", "node-http", []],
  ["Express 5", "express", ["express", "@types/express"]],
  ["Fastify 5", "fastify", ["fastify"]],
  ["Hono 4", "hono", ["hono", "@hono/node-server"]],
];
it.concurrent.for(frameworks)(
  "%s: the example of docs/library.md compiles strictly, and users can log in",
  async ([, name, packages], test) => {
    const project = new ConsumerProject(name, test);
    await project.installs(...[...packages, "@types/node"].map(at));
    const [path = ""] = project.writesFrom("docs/library.md", new RegExp(`^guides/${name}\\.ts$`));
    await project.compiles([path]);
    await expectLoginWorks(await project.starts("node", [path]));
    if (name !== "express") return;
    // The same behind body parsers, below a path.
    const parsed = readFileSync(join(project.folder, path), "utf8")
      .replace("app.use(", "app.use(express.urlencoded({ extended: true }), express.json());\napp.use(")
      .replace("databaseUrl:", 'mountPath: "/auth",\n  databaseUrl:')
      .replace("app.sqlite", "parsed.sqlite");
    await expectLoginWorks(await project.starts("node", [project.writes("guides/parsed.ts", parsed)]), { mount: "/auth" });
  },
);

it.concurrent("Next, App Router: the example of docs/library.md builds without a secret, and users can log in", async (test) => {
  const project = new ConsumerProject("next", test);
  // Next needs the compiler API, which TypeScript 7 lacks.
  const packages = ["next", "react", "react-dom", "@types/node"].map(at);
  await project.installs(...packages, "@types/react@19", "typescript@5");
  // No module type: as create-next-app has it.
  project.writes(
    "package.json",
    JSON.stringify({ ...JSON.parse(readFileSync(join(project.folder, "package.json"), "utf8")), type: undefined }),
  );
  project.writesFrom("docs/library.md", /^(?:lib|app)\//);
  const layout =
    "export default function Layout({ children }: LayoutProps<'/'>) {\n  return <html lang=\"en\"><body>{children}</body></html>;\n}\n";
  project.writes("app/layout.tsx", layout);
  await project.runs("npx", ["next", "build"]);
  const url = await project.starts("npx", ["next", "start"], { NODE_ENV: "production", SECRET_KEY: secret });
  await expectLoginWorks(url, { mount: "/auth" });
});

it.concurrent("CommonJS: require returns the package with types, also for module node16", async (test) => {
  const project = new ConsumerProject("commonjs", test);
  await project.installs(at("@types/node"));
  const [path = ""] = project.writesFrom("docs/library.md", /\.cjs$/);
  await project.compiles([project.writes("app.cts", requires)], { module: "node16", types: ["node"] });
  await expectLoginWorks(await project.starts("node", [path]));
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

it.concurrent("types: all entries compile strictly in one app", async (test) => {
  const project = new ConsumerProject("types", test);
  await project.installs(...["express", "@types/express", "fastify", "hono", "zod", "@types/node"].map(at));
  await project.compiles([project.writes("app.ts", allEntries)]);
});

const allEntries = `
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

it.concurrent("guides: every example in docs/ compiles strictly and runs", async (test) => {
  const project = new ConsumerProject("guides", test);
  await project.installs(at("@types/node"), at("zod"), at("jose"));
  const pages = ["docs/testing.md", "docs/access-token.md", "docs/json-api.md", ...guidePages()];
  const paths = pages.flatMap((page) => project.writesFrom(page, /^(?:guides|src)\/.*\.ts$/));
  await project.compiles(paths);
  const url = await project.starts("npx", ["latchkey"]);
  await expectLoginWorks(url, { guarded: "/dashboard", says: "Hello, ada" });
  // The examples use a placeholder host.
  const redirected = `const own = fetch; globalThis.fetch = (url, init) => own(String(url).replace("https://accounts.example.com", "${url}"), init);`;
  project.writes("fetch.mjs", redirected);
  for (const path of paths) {
    const said = await project.runs("node", ["--import", "./fetch.mjs", path]);
    if (path.endsWith("client.ts")) expect(said).toMatch(/^ada /);
  }
});

function guidePages(): string[] {
  return execFileSync("git", ["ls-files", "docs/guides"], { cwd: root, encoding: "utf8" }).trim().split("\n");
}

it.concurrent("npm start: a clone without development dependencies starts", async (test) => {
  const project = new ConsumerProject("clone", test);
  execFileSync("git", ["clone", "--quiet", root, join(project.folder, "checkout")]);
  await project.runs("npm", ["ci", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", "--prefix", "checkout"]);
  const url = await project.starts("npm", ["start", "--prefix", "checkout"]);
  await expectLoginWorks(url, { guarded: "/dashboard", says: "Hello, ada" });
});
