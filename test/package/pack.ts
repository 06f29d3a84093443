/** Packs the checkout once, into a directory outside of it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Directory for apps, with no `node_modules` in its parents. */
    readonly outside: string;
    readonly tarball: string;
  }
}

const root = resolve(import.meta.dirname, "../..");

export default function setup(project: TestProject): () => void {
  const outside = realpathSync(mkdtempSync(join(tmpdir(), "latchkey-package-")));
  rejectParentModules(outside);
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", outside], { cwd: root, encoding: "utf8", stdio: "pipe" });
  // The build may print lines before the JSON.
  const [{ filename }] = JSON.parse(packed.slice(packed.search(/^\[/m))) as [{ filename: string }];
  project.provide("outside", outside);
  project.provide("tarball", join(outside, filename));
  return () => rmSync(outside, { recursive: true, force: true });
}

/** Throws if a parent has `node_modules`, which would hide missing dependencies. */
function rejectParentModules(outside: string): void {
  if (`${outside}/`.startsWith(`${realpathSync(root)}/`)) throw new Error(`${outside} lies within the checkout.`);
  for (let folder = outside; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules"))) throw new Error(`${join(folder, "node_modules")} would be found by the apps under test.`);
    if (folder === dirname(folder)) return;
  }
}
