/** Measures user enumeration by the timing of responses (ASVS 6.3.8). Usage: `npm run test:timing [count]`. */
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
/** A difference must repeat with other accounts, which excludes load of the machine. */
const rounds = 3;

type Arm = (i: number) => string;
const arms = {
  unknown: (i: number) => `none${name(i)}@example.com`,
  known: (i: number) => `user${name(i)}@example.com`,
  imported: (i: number) => `move${name(i)}@example.com`,
  /** A new email each time. */
  fresh: (i: number) => `new${i}x${Math.random().toString(36).slice(2)}@example.com`,
} satisfies Record<string, Arm>;
const name = (i: number) => String(i % 50).padStart(3, "0");

/** A form, its fields for an email, and its status for every email. */
interface Form {
  readonly path: string;
  readonly body: (email: string) => object;
  readonly status: number;
  /** Shift that a network hides: at least this, or 3 % of the request's time. */
  readonly allowedMs: number;
}

const password = "a lighthouse at dawn";
let signups = 0;
const forms = {
  login: { path: "/login", body: (email) => ({ email, password: "not this one" }), status: 401, allowedMs: 2 },
  signup: {
    path: "/signup",
    body: (email) => ({ username: `newcomer${signups++}`, email, password, confirm_password: password }),
    status: 202,
    allowedMs: 2,
  },
  reset: { path: "/reset-password", body: (email) => ({ email }), status: 202, allowedMs: 0.5 },
  code: { path: "/login/code", body: (email) => ({ email }), status: 202, allowedMs: 0.5 },
} satisfies Record<string, Form>;

interface Pair {
  readonly title: string;
  readonly app: "default" | "imported" | "without-dummy-hash";
  readonly form: Form;
  readonly arms: readonly [Arm, Arm];
  readonly mustDiffer: boolean;
}

const pairs: readonly Pair[] = [
  {
    title: "login: unknown email or wrong password",
    app: "default",
    form: forms.login,
    arms: [arms.unknown, arms.known],
    mustDiffer: false,
  },
  {
    title: "login: unknown email or imported scrypt hash",
    app: "imported",
    form: forms.login,
    arms: [arms.unknown, arms.imported],
    mustDiffer: false,
  },
  {
    title: "sign-up: new or known email",
    app: "default",
    form: forms.signup,
    arms: [arms.fresh, arms.known],
    mustDiffer: false,
  },
  {
    title: "reset: unknown or known email",
    app: "default",
    form: forms.reset,
    arms: [arms.unknown, arms.known],
    mustDiffer: false,
  },
  {
    title: "login by email: unknown or known email",
    app: "default",
    form: forms.code,
    arms: [arms.unknown, arms.known],
    mustDiffer: false,
  },
  { title: "control: the same accounts twice", app: "default", form: forms.login, arms: [arms.known, arms.known], mustDiffer: false },
  {
    title: "control: login without a dummy hash",
    app: "without-dummy-hash",
    form: forms.login,
    arms: [arms.unknown, arms.known],
    mustDiffer: true,
  },
  {
    title: "control: reset that works for known emails only",
    app: "without-dummy-hash",
    form: forms.reset,
    arms: [arms.unknown, arms.known],
    mustDiffer: true,
  },
];

let isGood = true;
for (const pair of pairs) {
  const differs = await differsAlways(pair);
  if (differs === pair.mustDiffer) continue;
  isGood = false;
  print(pair.mustDiffer ? "  NOT DETECTED: this measurement proves nothing." : "  LEAK: the times differ.");
}
print(isGood ? "No leak found, and the controls were detected." : "Failed.");
process.exitCode = isGood ? 0 : 1;

/** Whether the two arms differ in every round. */
async function differsAlways({ title, app, form, arms }: Pair): Promise<boolean> {
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
  const minShiftMs = Math.max(what.form.allowedMs, 0.03 * Math.max(median(first), median(second)));
  const { z, shiftMs, differ } = compare(first, second, minShiftMs);
  const figures = `medians ${ms(median(first))} and ${ms(median(second))}, shift ${ms(shiftMs)} of ${ms(minShiftMs)} allowed, z ${z.toFixed(2)}`;
  print(`  round ${what.round + 1}: ${figures}: ${differ ? "they differ" : "no difference"}`);
  return differ;
}

async function startApp(databasePath: string, variant: Pair["app"]): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL("timed-app.ts", import.meta.url), [databasePath, variant]);
  const [port] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [])])) as [number?];
  if (port === undefined) throw new Error("The measured app did not start.");
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

/** Time from the first byte sent to the last byte received. */
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
