/** Builds the package in `dist/`: bundles, types and third-party licenses. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundle, bundled, program, readManifest, root } from "./bundle.ts";

const dist = join(root, "dist");

/** Source files of the exports in `package.json`. */
const entries = {
  index: "src/index.ts",
  ...program,
  node: "src/library/adapters/node.ts",
  express: "src/library/adapters/express.ts",
  fastify: "src/library/adapters/fastify.ts",
  hono: "src/library/adapters/hono.ts",
  next: "src/library/adapters/next.ts",
  client: "src/client.ts",
  testing: "src/testing.ts",
};

async function build(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const input = Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path))));
  const output = await bundle(input, dist);
  const modules = output.flatMap((each) => (each.type === "chunk" ? each.moduleIds : []));
  requireListed(modules);
  writeFileSync(join(dist, "THIRD-PARTY.md"), thirdPartyLicenses(modules));
  writeTypes();
  await writeCommonJs();
}

/** Bundled libraries must be in `devDependencies` and, for checkouts without these, in the workspace `tools/bundled`. */
function requireListed(modules: readonly string[]): void {
  const { devDependencies } = readManifest(root);
  const used = new Set(modules.flatMap((id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []));
  for (const [name, version] of Object.entries(devDependencies))
    if (used.has(name) && bundled[name] !== version) throw new Error(`tools/bundled/package.json must list ${name} ${version}.`);
  for (const [name, version] of Object.entries(bundled))
    if (devDependencies[name] !== version) throw new Error(`package.json must list ${name} ${version} among its devDependencies.`);
}

/** Licenses of all bundled libraries; the licenses require this. */
function thirdPartyLicenses(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  for (const name of ["core", "language-common"]) folders.add(join(root, "node_modules/@zxcvbn-ts", name));
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = readManifest(folder);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    return `## ${name} ${version} (${license ?? "see below"})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
  });
  return `# Third-party software in this package\n\n${parts.join("\n")}`;
}

/** Writes the type declarations of the exports and of the types they refer to. */
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
      .filter((path) => existsSync(join(root, path)) && isPublic(path))
      .map((path) => join(root, path)),
  };
  const path = join(root, ".cache/tsconfig.build.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(config));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", path], { stdio: "inherit" });
  removeSideEffects();
  removeUnreferenced();
}

/** Removes imports without names, which are irrelevant for types. */
function removeSideEffects(): void {
  for (const path of globSync("**/*.d.ts", { cwd: join(dist, "types") }).map((each) => join(dist, "types", each)))
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(/^import "\.[^"]*";\n/gm, ""));
}

/**
 * Writes CommonJS entries that `require` the ES modules, so that each module is loaded once. Their types are separate files, because
 * TypeScript with `module: node16` rejects `require` of an ES module (TS1479).
 */
async function writeCommonJs(): Promise<void> {
  for (const [name, path] of Object.entries(entries)) {
    if (!isPublic(path)) continue;
    const types = `./types/${path.replace(/^src\//, "").replace(/\.ts$/, ".js")}`;
    const from = `import("${types}", { with: { "resolution-mode": "import" } })`;
    const values = Object.entries((await import(join(dist, `${name}.js`))) as Record<string, unknown>);
    const declared = values.flatMap(([value, is]) => [
      `export declare const ${value}: typeof ${from}.${value};`,
      ...(String(is).startsWith("class ") ? [`export type ${value} = ${from}.${value};`] : []),
    ]);
    writeFileSync(join(dist, `${name}.cjs`), `module.exports = require("./${name}.js");\n`);
    writeFileSync(
      join(dist, `${name}.d.cts`),
      `export type * from "${types}" with { "resolution-mode": "import" };\n${declared.join("\n")}\n`,
    );
  }
}

function isPublic(path: string): boolean {
  return !path.startsWith("src/cli/") && !path.endsWith("main.ts");
}

/** Removes internal declarations, which refer to libraries that apps do not install. */
function removeUnreferenced(): void {
  const types = join(dist, "types");
  const referenced = new Set<string>();
  const follow = (path: string) => {
    if (referenced.has(path) || !existsSync(path)) return;
    referenced.add(path);
    for (const [, from = ""] of readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g))
      follow(join(dirname(path), from.replace(/\.(?:ts|js)$/, ".d.ts")));
  };
  for (const path of Object.values(entries)) follow(join(types, path.replace(/^src\//, "").replace(/\.ts$/, ".d.ts")));
  for (const path of globSync("**/*.d.ts", { cwd: types })) if (!referenced.has(join(types, path))) rmSync(join(types, path));
  for (const folder of globSync("**/", { cwd: types })) {
    const path = join(types, folder);
    if (existsSync(path) && readdirSync(path, { recursive: true }).every((each) => !String(each).endsWith(".d.ts")))
      rmSync(path, { recursive: true });
  }
}

await build();
