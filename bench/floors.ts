/** A short form of the bench for every change: ratios far enough below the measured ones that only a loss of half shows. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Load, Measured } from "./load.ts";
import { rawArgon2, startBareHono, startOurs } from "./servers.ts";

const seconds = 2;
const ours = await startOurs();
const login = await fetch(`${ours.url}/login`).then((page) => page.text());
const bare = await startBareHono(login.length);
try {
  await ours.signUp(0);
  const cookie = await ours.cookie();
  const rate = async (what: Load) => (await load(what)).perSecond;
  const pages = (url: string, headers: Record<string, string> = {}) => rate({ kind: "pages", url, headers, connections: 8, seconds });
  // Each beside its measure, twice: what the machine does besides falls on both.
  await pages(`${ours.url}/dashboard`, { cookie });
  const limit = Math.max(await pages(bare.url), await pages(bare.url));
  const hashes = rawArgon2(seconds);
  const logins: Load = { kind: "logins", url: ours.url, login: ours.login, accounts: 1, connections: 4, seconds };
  const floors = [
    ["login pages, of bare Hono's pages", (await best(() => pages(`${ours.url}/login`))) / limit, 0.21],
    ["dashboard pages, of bare Hono's pages", (await best(() => pages(`${ours.url}/dashboard`, { cookie }))) / limit, 0.17],
    ["logins, of what Argon2id alone can do", (await best(() => rate(logins))) / hashes, 0.43],
  ] as const;
  for (const [what, ratio, floor] of floors) {
    console.error(`${what}: ${(ratio * 100).toFixed(0)} %, at least ${(floor * 100).toFixed(0)} %`);
    if (ratio < floor) process.exitCode = 1;
  }
  if (process.exitCode === 1) console.error("It has become slower by half or more: npm run bench tells where.");
} finally {
  await ours.stop();
  await bare.stop();
}

async function best(measure: () => Promise<number>): Promise<number> {
  return Math.max(await measure(), await measure());
}

async function load(what: Load): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "load.ts"), JSON.stringify(what)]);
  return JSON.parse(stdout) as Measured;
}
