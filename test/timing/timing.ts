/** Measures whether the time of a failed login, a sign-up or a forgotten password tells which accounts there are (ASVS 6.3.8). Run by `npm run test:timing [count]`. */
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
  /** Another one each time. */
  newcomer: (i: number) => `new${i}x${Math.random().toString(36).slice(2)}@example.com`,
} satisfies Record<string, Arm>;
const name = (i: number) => String(i % 50).padStart(3, "0");

/** A form, what is sent to it about an address, and what it answers whoever has the address. */
interface Form {
  readonly path: string;
  readonly body: (email: string) => object;
  readonly status: number;
  /** What the network hides is no leak: this much, or 3 % of what a request costs here. */
  readonly allowedMs: number;
}

const password = "a lighthouse at dawn";
let newcomers = 0;
const forms = {
  login: { path: "/login", body: (email) => ({ email, password: "not this one" }), status: 401, allowedMs: 2 },
  signup: {
    path: "/signup",
    body: (email) => ({ username: `newcomer${newcomers++}`, email, password, confirm_password: password }),
    status: 202,
    allowedMs: 2,
  },
  reset: { path: "/reset-password", body: (email) => ({ email }), status: 202, allowedMs: 0.5 },
} satisfies Record<string, Form>;

interface Pair {
  readonly title: string;
  readonly app: "ours" | "moved" | "without-decoy";
  readonly form: Form;
  readonly arms: readonly [Arm, Arm];
  readonly mustDiffer: boolean;
}

const pairs: readonly Pair[] = [
  { title: "no account, or a wrong password", app: "ours", form: forms.login, arms: [arms.stranger, arms.member], mustDiffer: false },
  {
    title: "no account, or one that moved here with a scrypt hash",
    app: "moved",
    form: forms.login,
    arms: [arms.stranger, arms.moved],
    mustDiffer: false,
  },
  {
    title: "signing up with a new address, or a known one",
    app: "ours",
    form: forms.signup,
    arms: [arms.newcomer, arms.member],
    mustDiffer: false,
  },
  {
    title: "a forgotten password without an account, or with one",
    app: "ours",
    form: forms.reset,
    arms: [arms.stranger, arms.member],
    mustDiffer: false,
  },
  { title: "control: the same twice", app: "ours", form: forms.login, arms: [arms.member, arms.member], mustDiffer: false },
  {
    title: "control: a login without a decoy",
    app: "without-decoy",
    form: forms.login,
    arms: [arms.stranger, arms.member],
    mustDiffer: true,
  },
  {
    title: "control: a forgotten password that writes to owners only",
    app: "without-decoy",
    form: forms.reset,
    arms: [arms.stranger, arms.member],
    mustDiffer: true,
  },
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
async function judge({ title, app, form, arms }: Pair): Promise<boolean> {
  print(title);
  const folder = mkdtempSync(join(tmpdir(), "latchkey-timing-"));
  const { child, port } = await startApp(`${folder}/timed.sqlite`, app);
  try {
    for (let round = 0; round < rounds; round++) if (!(await differOnce(port, { form, arms, round }))) return false;
    return true;
  } finally {
    child.disconnect();
    await once(child, "exit");
    rmSync(folder, { recursive: true });
  }
}

async function differOnce(port: number, what: Measurement): Promise<boolean> {
  const [first, second] = await measure(port, what);
  const leastShiftMs = Math.max(what.form.allowedMs, 0.03 * Math.max(median(first), median(second)));
  const { z, shiftMs, differ } = compare(first, second, leastShiftMs);
  const figures = `medians ${ms(median(first))} and ${ms(median(second))}, shift ${ms(shiftMs)} of ${ms(leastShiftMs)} allowed, z ${z.toFixed(2)}`;
  print(`  round ${what.round + 1}: ${figures}: ${differ ? "they differ" : "no difference"}`);
  return differ;
}

async function startApp(databasePath: string, variant: Pair["app"]): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL("timed-app.ts", import.meta.url), [databasePath, variant]);
  const [port] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [])])) as [number?];
  if (port === undefined) throw new Error("The app that is to be timed did not start.");
  return { child, port };
}

interface Measurement extends Pick<Pair, "form" | "arms"> {
  readonly round: number;
}

/** Times both arms in turns of random order, one request after the other on one connection. */
async function measure(port: number, { form, arms: [first, second], round }: Measurement): Promise<[number[], number[]]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: [number[], number[]] = [[], []];
  for (let i = -warmUps; i < count; i++) {
    const turn = Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of turn) {
      const email = (which === 0 ? first : second)(i + warmUps + round * 17);
      const tookMs = await timeOne(agent, { port, form, email });
      if (i >= 0) times[which].push(tookMs);
    }
  }
  agent.destroy();
  return times;
}

/** How long the answer took, from the first byte sent to the last one received. */
function timeOne(agent: Agent, { port, form, email }: { port: number; form: Form; email: string }): Promise<number> {
  const body = JSON.stringify(form.body(email));
  const headers = { "content-type": "application/json", "content-length": body.length };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, method: "POST", path: form.path, headers }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === form.status) resolve(performance.now() - startedAt);
        else reject(new Error(`${form.path} answered ${response.statusCode}.`));
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
