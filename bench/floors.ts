/** Checks the CPU time of pages and logins against targets, for CI. */
import { openProviderLogins, warmUpLogins } from "./provider-logins.ts";
import { median, medianRatio } from "./report.ts";
import { rawArgon2, startLatchkey, startPlainNode } from "./servers.ts";
import { inTurns, openClient, pageSlice, type Samples, sliceOf } from "./slices.ts";

const turns = 5;
const client = openClient();
const latchkey = await startLatchkey();
try {
  await latchkey.signUp(0);
  const cookie = await latchkey.cookie();
  const plainNode = await startPlainNode(latchkey);
  try {
    const pages = (path: string, cookies: { latchkey?: string; plainNode?: string } = {}) =>
      inTurns(
        [
          {
            name: "reference",
            slice: () => pageSlice(client, { url: plainNode.url + path, pid: plainNode.pid, cookie: cookies.plainNode }),
          },
          { name: "latchkey", slice: () => pageSlice(client, { url: latchkey.url + path, pid: latchkey.pid, cookie: cookies.latchkey }) },
        ],
        turns,
      );
    const { url, pid, login } = latchkey;
    requireRatio("dashboard / plain node:http", await pages("/dashboard", { latchkey: cookie, plainNode: plainNode.cookie }), 1.9);
    requireRatio("login page / plain node:http", await pages("/login"), 1.6);
    requireRatio(
      "login / Argon2id",
      await inTurns(
        [
          { name: "reference", slice: async () => rawArgon2(1) },
          { name: "latchkey", slice: () => sliceOf(client, pid, { kind: "logins", url, login, accounts: 1, connections: 8, seconds: 1 }) },
        ],
        turns,
      ),
      1.1,
    );
  } finally {
    await plainNode.stop();
  }
} finally {
  await latchkey.stop();
  client.close();
}
const providerLogins = await openProviderLogins();
try {
  await providerLogins.run(warmUpLogins);
  // Below 2 ms: 1.5 ms, where a hash takes 9.5 to 12 ms of CPU time.
  requireRatio(
    "login with a provider / Argon2id",
    await inTurns(
      [
        { name: "reference", slice: async () => rawArgon2(1) },
        { name: "latchkey", slice: async () => ({ perSecond: Number.NaN, cpuMs: median(await providerLogins.run(100)) }) },
      ],
      turns,
    ),
    0.14,
  );
} finally {
  await providerLogins.close();
}
if (process.exitCode === 1) console.error("A ratio exceeds its limit. Find the cause with: npm run bench");

/** Fails if the ratio of CPU times exceeds the target by half. Passes if CPU time is not available. */
function requireRatio(what: string, samples: Samples, target: number): void {
  const ratio = medianRatio(samples.get("latchkey") ?? [], samples.get("reference") ?? [], ({ cpuMs }) => cpuMs);
  const max = target * 1.5;
  console.error(`CPU time, ${what}: ${ratio.toFixed(2)}, at most ${max.toFixed(2)} (target ${target})`);
  if (ratio > max) process.exitCode = 1;
}
