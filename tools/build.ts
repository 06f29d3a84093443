/** Makes the package in `dist/`: our code and the libraries that are part of it as JavaScript, the types, and what their licences ask. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { readCommonPasswords } from "../src/core/common-passwords-file.ts";
import * as assets from "../src/http/asset-files.ts";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

/** What `package.json` exports, by the file that it comes from. */
const entries = {
  index: "src/index.ts",
  main: "src/main.ts",
  cli: "src/cli/cli.ts",
  node: "src/adapters/node.ts",
  express: "src/adapters/express.ts",
  fastify: "src/adapters/fastify.ts",
  hono: "src/adapters/hono.ts",
  next: "src/adapters/next.ts",
  client: "src/client.ts",
  testing: "src/testing.ts",
};

/** A workspace: `npm ci --omit=dev` installs these for a checkout, which runs from its source, and no app installs them with the package. */
const bundled = (JSON.parse(readFileSync(join(root, "tools/bundled/package.json"), "utf8")) as Manifest).dependencies;

async function build(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  // A peer that is bundled as well is ours alone, such as the Hono that our pages run on; an app's own is never imported.
  const peers = Object.keys(own.peerDependencies).filter((name) => !(name in bundled));
  const external = [...Object.keys(own.dependencies), ...peers];
  const input = Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path))));
  const bundle = await rolldown({
    cwd: root,
    input,
    platform: "node",
    external: (id) => id.startsWith("node:") || external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [withFiles],
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "esm",
    chunkFileNames: "chunks/[name]-[hash].js",
  });
  const modules = output.flatMap((each) => (each.type === "chunk" ? each.moduleIds : []));
  refuseUnlisted(modules, own.devDependencies);
  writeFileSync(join(dist, "THIRD-PARTY.md"), thirdParty(modules));
  writeTypes();
}

/** What is bundled stands among the development dependencies for the tools, and in the workspace for checkouts without these. */
function refuseUnlisted(modules: readonly string[], devDependencies: Manifest["devDependencies"]): void {
  const used = new Set(modules.flatMap((id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []));
  for (const [name, version] of Object.entries(devDependencies))
    if (used.has(name) && bundled[name] !== version) throw new Error(`tools/bundled/package.json must list ${name} ${version}.`);
  for (const [name, version] of Object.entries(bundled))
    if (devDependencies[name] !== version) throw new Error(`package.json must list ${name} ${version} among its devDependencies.`);
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Puts what the program reads from files into modules: another bundler, such as Next's, would look for the files elsewhere. */
const withFiles: Plugin = {
  name: "latchkey-files",
  resolveId: (id) => (id.startsWith("latchkey-file:") ? id : undefined),
  load: async (id) => {
    if (id === join(root, "src/http/asset-files.ts")) {
      const { readStrengthMeter: _, ...texts } = assets;
      const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};`);
      return [...lines, `export const readStrengthMeter = async () => (await import("latchkey-file:strength-meter")).default;`].join("\n");
    }
    if (id === join(root, "src/core/common-passwords-file.ts"))
      return `export const readCommonPasswords = async () => Buffer.from((await import("latchkey-file:common-passwords")).default, "base64");`;
    if (id === "latchkey-file:strength-meter") return `export default ${JSON.stringify(await assets.readStrengthMeter())};`;
    if (id === "latchkey-file:common-passwords") return `export default "${Buffer.from(await readCommonPasswords()).toString("base64")}";`;
    return undefined;
  },
};

/** Each library that became part of ours, with its licence, as their licences ask. */
function thirdParty(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  for (const name of ["core", "language-common"]) folders.add(join(root, "node_modules/@zxcvbn-ts", name));
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    return `## ${name} ${version} (${license ?? "see below"})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
  });
  return `# What is part of this package\n\n${parts.join("\n")}`;
}

/** The declarations of what is exported, and of what these mention. */
function writeTypes(): void {
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: join(root, "src"),
      outDir: join(dist, "types"),
    },
    include: [],
    files: Object.values(entries)
      .filter((path) => existsSync(join(root, path)) && !path.startsWith("src/cli/") && !path.endsWith("main.ts"))
      .map((path) => join(root, path)),
  };
  const path = join(root, ".cache/tsconfig.build.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(config));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", path], { stdio: "inherit" });
  removeUnmentioned();
}

/** Declarations that no exported one leads to are nobody's business, and would name libraries that are not installed. */
function removeUnmentioned(): void {
  const types = join(dist, "types");
  const wanted = new Set<string>();
  const want = (path: string) => {
    if (wanted.has(path) || !existsSync(path)) return;
    wanted.add(path);
    for (const [, from = ""] of readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g))
      want(join(dirname(path), from.replace(/\.(?:ts|js)$/, ".d.ts")));
  };
  for (const path of Object.values(entries)) want(join(types, path.replace(/^src\//, "").replace(/\.ts$/, ".d.ts")));
  for (const path of globSync("**/*.d.ts", { cwd: types })) if (!wanted.has(join(types, path))) rmSync(join(types, path));
  for (const folder of globSync("**/", { cwd: types })) {
    const path = join(types, folder);
    if (existsSync(path) && readdirSync(path, { recursive: true }).every((each) => !String(each).endsWith(".d.ts")))
      rmSync(path, { recursive: true });
  }
}

await build();
