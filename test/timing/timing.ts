/** Measures whether the time of a failed login tells which accounts there are (ASVS 6.3.8). Run by `npm run test:timing [count]`. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, median } from "./statistics.ts";

const count = Number(process.argv[2] ?? 400);
if (!Number.isInteger(count) || count < 20) throw new Error("The count of measurements must be a whole number of 20 or more.");
const warmUps = 50;
/** A pair that differs is measured again with other accounts: a leak differs each time, a busy machine does not. */
const rounds = 3;

type Arm = (i: number) => string;
const arms = {
  stranger: (i: number) => `none${name(i)}@example.com`,
  member: (i: number) => `ours${name(i)}@example.com`,
  moved: (i: number) => `move${name(i)}@example.com`,
} satisfies Record<string, Arm>;
const name = (i: number) => String(i % 50).padStart(3, "0");

interface Pair {
  readonly title: string;
  readonly app: "ours" | "moved" | "without-decoy";
  readonly arms: readonly [Arm, Arm];
  readonly mustDiffer: boolean;
}

const pairs: readonly Pair[] = [
  { title: "no account, or a wrong password", app: "ours", arms: [arms.stranger, arms.member], mustDiffer: false },
  { title: "no account, or one that moved here with a scrypt hash", app: "moved", arms: [arms.stranger, arms.moved], mustDiffer: false },
  { title: "control: the same twice", app: "ours", arms: [arms.member, arms.member], mustDiffer: false },
  { title: "control: a login without a decoy", app: "without-decoy", arms: [arms.stranger, arms.member], mustDiffer: true },
];

let isGood = true;
for (const pair of pairs) {
  const differs = await judge(pair);
  if (differs === pair.mustDiffer) continue;
  isGood = false;
  print(pair.mustDiffer ? "  NOT FOUND OUT: this measuring proves nothing." : "  LEAK: the time tells them apart.");
}
print(isGood ? "No leak found, and the one that was planted was." : "Failed.");
process.exitCode = isGood ? 0 : 1;

/** Whether the two arms differ in every round. */
async function judge({ title, app, arms }: Pair): Promise<boolean> {
  print(title);
  const folder = mkdtempSync(join(tmpdir(), "latchkey-timing-"));
  const { child, port } = await startApp(`${folder}/timed.sqlite`, app);
  try {
    for (let round = 0; round < rounds; round++) if (!(await differOnce(port, arms, round))) return false;
    return true;
  } finally {
    child.disconnect();
    await once(child, "exit");
    rmSync(folder, { recursive: true });
  }
}

async function differOnce(port: number, arms: Pair["arms"], round: number): Promise<boolean> {
  const [first, second] = await measure(port, arms, round);
  // What the network hides is no leak: 2 ms, or 3 % of what a login costs here.
  const leastShiftMs = Math.max(2, 0.03 * Math.max(median(first), median(second)));
  const { z, shiftMs, differ } = compare(first, second, leastShiftMs);
  const figures = `medians ${ms(median(first))} and ${ms(median(second))}, shift ${ms(shiftMs)} of ${ms(leastShiftMs)} allowed, z ${z.toFixed(2)}`;
  print(`  round ${round + 1}: ${figures}: ${differ ? "they differ" : "no difference"}`);
  return differ;
}

async function startApp(databasePath: string, variant: Pair["app"]): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL("timed-app.ts", import.meta.url), [databasePath, variant]);
  const [port] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [])])) as [number?];
  if (port === undefined) throw new Error("The app that is to be timed did not start.");
  return { child, port };
}

/** Times both arms in turns of random order, one request after the other on one connection. */
async function measure(port: number, [first, second]: Pair["arms"], round: number): Promise<[number[], number[]]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: [number[], number[]] = [[], []];
  for (let i = -warmUps; i < count; i++) {
    const turn = Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of turn) {
      const email = (which === 0 ? first : second)(i + warmUps + round * 17);
      const tookMs = await failToLogIn(agent, port, email);
      if (i >= 0) times[which].push(tookMs);
    }
  }
  agent.destroy();
  return times;
}

/** How long the answer to a wrong password took, from the first byte sent to the last one received. */
function failToLogIn(agent: Agent, port: number, email: string): Promise<number> {
  const body = JSON.stringify({ email, password: "not this one" });
  const headers = { "content-type": "application/json", "content-length": body.length };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, method: "POST", path: "/login", headers }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 401) resolve(performance.now() - startedAt);
        else reject(new Error(`A wrong password was answered with ${response.statusCode}.`));
      });
    });
    sent.once("error", reject).end(body);
  });
}

function ms(number: number): string {
  return `${number.toFixed(2)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
