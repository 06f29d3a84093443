/** A real Chromium: the one at CHROMIUM_PATH, or the one that comes with the dev dependencies. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Not the package's own arguments: those switch off what keeps sites apart, and would hide our faults. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** For a machine that is busy with other things. */
const patienceMs = 120_000;
const version = "153.0.0";
const cache = resolve(import.meta.dirname, `../../node_modules/.cache/chromium-${version}`);

/** `names` says which host names are where, such as `app.test` at `127.0.0.1:4321`. */
export async function openBrowser(names: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const rules = Object.entries(names).map(([name, address]) => `MAP ${name} ${address}`);
  const mapped = rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(", ")}`];
  const browser = await chromium.launch({ executablePath: await executable(), args: [...args, ...mapped], timeout: patienceMs });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(patienceMs);
    return context;
  };
  return browser;
}

/** Unpacked once. Several test files may start at the same moment, so each unpacks aside and the first gives it its name. */
async function executable(): Promise<string> {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const path = join(cache, "chromium");
  if (existsSync(path)) return path;
  mkdirSync(join(cache, ".."), { recursive: true });
  const aside = mkdtempSync(join(cache, "../unpacking-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = aside;
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    await packed.executablePath();
    renameSync(aside, cache);
  } catch (error) {
    if (!existsSync(path)) throw error;
    rmSync(aside, { recursive: true, force: true });
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  return path;
}
