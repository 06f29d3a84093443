/** Bundles Latchkey with its libraries, for the package and for tests. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Plugin, type RolldownOutput, rolldown } from "rolldown";
import { readCommonPasswords } from "../src/core/credentials/password/common-file.ts";
import * as assets from "../src/http/response/asset-files.ts";

export const root = resolve(import.meta.dirname, "..");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Bundled libraries. They are a workspace, which `npm ci --omit=dev` installs in a checkout, but not with the package. */
export const bundled = readManifest(join(root, "tools/bundled")).dependencies;

/** Entry points of the program. */
export const program = { main: "src/main.ts", cli: "src/cli/cli.ts" };

export async function bundle(input: Readonly<Record<string, string>>, dir: string): Promise<RolldownOutput["output"]> {
  const own = readManifest(root);
  // Hono is bundled although it is a peer dependency: Latchkey's pages use the bundled version, not the app's.
  const peers = Object.keys(own.peerDependencies).filter((name) => !(name in bundled));
  const external = [...Object.keys(own.dependencies), ...peers];
  const build = await rolldown({
    cwd: root,
    input,
    platform: "node",
    external: (id) => id.startsWith("node:") || external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [inlineFiles],
  });
  const { output } = await build.write({ dir, format: "esm", chunkFileNames: "chunks/[name]-[hash].js" });
  return output;
}

/** Inlines files that the source reads at run time: an app's bundler, such as Next's, would change their paths. */
const inlineFiles: Plugin = {
  name: "latchkey-files",
  resolveId: (id) => (id.startsWith("latchkey-file:") ? id : undefined),
  load: async (id) => {
    if (id === join(root, "src/http/response/asset-files.ts")) {
      const { readStrengthMeter: _, ...texts } = assets;
      const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};`);
      return [...lines, `export const readStrengthMeter = async () => (await import("latchkey-file:strength-meter")).default;`].join("\n");
    }
    if (id === join(root, "src/core/credentials/password/common-file.ts"))
      return `export const readCommonPasswords = async () => Buffer.from((await import("latchkey-file:common-passwords")).default, "base64");`;
    if (id === "latchkey-file:strength-meter") return `export default ${JSON.stringify(await assets.readStrengthMeter())};`;
    if (id === "latchkey-file:common-passwords") return `export default "${Buffer.from(await readCommonPasswords()).toString("base64")}";`;
    return undefined;
  },
};
