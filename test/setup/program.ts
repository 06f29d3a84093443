/** Bundles the program once per run, since few files load faster. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundle, program, root } from "../../tools/bundle.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The program's `bin/latchkey.js`. */
    program: string;
  }
}

const cache = join(root, ".cache/program");
/** Sources of the bundle. */
const sources = ["package.json", "package-lock.json", "bin/*", "tools/bundle.ts", "tools/bundled/*.json", "src/**/*.*"];
const dayMs = 86_400_000;

export default async function setup(project: TestProject): Promise<void> {
  project.provide("program", join(await builtProgram(), "bin/latchkey.js"));
}

/** Returns the directory of the bundle, cached by a hash of its sources. */
async function builtProgram(): Promise<string> {
  const hash = createHash("sha256");
  const paths = globSync(sources, { cwd: root }).sort();
  for (const path of paths) if (!path.endsWith(".test.ts")) hash.update(path).update(readFileSync(join(root, path)));
  const folder = join(cache, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) {
    // Another run deletes what nobody has used for a day.
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  mkdirSync(cache, { recursive: true });
  for (const each of readdirSync(cache)) {
    const old = join(cache, each);
    const { mtimeMs = Infinity } = statSync(old, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - dayMs) rmSync(old, { recursive: true, force: true });
  }
  const temporary = `${folder}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  await build(temporary);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another run finished first.
    if (!existsSync(folder)) throw error;
    rmSync(temporary, { recursive: true });
  }
  return folder;
}

async function build(folder: string): Promise<void> {
  await bundle(program, join(folder, "dist"));
  mkdirSync(join(folder, "bin"));
  // Without `src` beside it, this file runs `dist`.
  copyFileSync(join(root, "bin/latchkey.js"), join(folder, "bin/latchkey.js"));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
}
