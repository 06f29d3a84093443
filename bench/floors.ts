/** A short form of the bench for every change: by processor time, which other load on the machine changes little. */
import { ofPairs } from "./report.ts";
import { rawArgon2, startOurs, startPlainNode } from "./servers.ts";
import { inTurns, openClient, pageSlice, type Samples, sliceOf } from "./slices.ts";

const turns = 5;
const client = openClient();
const ours = await startOurs();
try {
  await ours.signUp(0);
  const cookie = await ours.cookie();
  const limit = await startPlainNode(ours);
  try {
    const pages = (path: string, cookies: { ours?: string; limit?: string } = {}) =>
      inTurns(
        [
          { name: "limit", slice: () => pageSlice(client, { url: limit.url + path, pid: limit.pid, cookie: cookies.limit }) },
          { name: "ours", slice: () => pageSlice(client, { url: ours.url + path, pid: ours.pid, cookie: cookies.ours }) },
        ],
        turns,
      );
    const { url, pid, login } = ours;
    judge("a dashboard, of the honest limit's", await pages("/dashboard", { ours: cookie, limit: limit.cookie }), 1.45);
    judge("a login page, of the honest limit's", await pages("/login"), 1.6);
    judge(
      "a login, of one Argon2id",
      await inTurns(
        [
          { name: "limit", slice: async () => rawArgon2(1) },
          { name: "ours", slice: () => sliceOf(client, pid, { kind: "logins", url, login, accounts: 1, connections: 8, seconds: 1 }) },
        ],
        turns,
      ),
      1.1,
    );
  } finally {
    await limit.stop();
  }
} finally {
  await ours.stop();
  client.close();
}
if (process.exitCode === 1) console.error("It has become slower by a third or more: npm run bench tells where.");

/** A third slower than the target is a failure. Where the system does not tell processor time, nothing is judged. */
function judge(what: string, samples: Samples, target: number): void {
  const ratio = ofPairs(samples.get("ours") ?? [], samples.get("limit") ?? [], ({ cpuMs }) => cpuMs);
  const most = target * 1.5;
  console.error(`processor time of ${what}: ${ratio.toFixed(2)}, at most ${most.toFixed(2)} (target ${target})`);
  if (ratio > most) process.exitCode = 1;
}
