/** Starts Chromium: from CHROMIUM_PATH or the dev dependencies. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

/** Not the package's own arguments, which disable site isolation and would hide defects. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Avoids timeouts on a busy machine. */
const timeoutMs = 120_000;
const version = "153.0.0";
const cache = resolve(import.meta.dirname, `../../node_modules/.cache/chromium-${version}`);

/** `names` maps host names to addresses, such as `app.test` to `127.0.0.1:4321`. */
export async function openBrowser(names: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const rules = Object.entries(names).map(([name, address]) => `MAP ${name} ${address}`);
  const mapped = rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(", ")}`];
  const browser = await chromium.launch({ executablePath: await executable(), args: [...args, ...mapped], timeout: timeoutMs });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(timeoutMs);
    return context;
  };
  return browser;
}

/** Unpacks Chromium once: into a temporary directory that is renamed, since test files run in parallel. */
async function executable(): Promise<string> {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const path = join(cache, "chromium");
  if (existsSync(path)) return path;
  mkdirSync(join(cache, ".."), { recursive: true });
  const temporary = mkdtempSync(join(cache, "../unpacking-"));
  const packed = import.meta.resolve("@sparticuz/chromium");
  const unpack = `const { default: packed } = await import("${packed}"); await packed.executablePath();`;
  try {
    // In a process of its own, because other code of this one uses the usual TMPDIR meanwhile.
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", unpack], { env: { ...process.env, TMPDIR: temporary } });
    renameSync(temporary, cache);
  } catch (error) {
    if (!existsSync(path)) throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
  return path;
}
