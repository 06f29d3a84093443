/** Starts Latchkey and its peers in child processes. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { freePort } from "../test/free-port.ts";
import { type Answer, sendOnce } from "./connection.ts";
import { type Login, tokenIn } from "./load.ts";

const here = import.meta.dirname;
const root = resolve(here, "..");
/** npm packages of the peers, installed by the bench. */
const peersFolder = join(here, ".peers");
const versions = { "better-auth": "1.7.25", autocannon: "9.0.0" };

export interface Server {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly login: Login;
  /** Returns the `Cookie` header of a logged-in browser. */
  readonly cookie: () => Promise<string>;
  readonly signUp: (account: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const limits = Object.fromEntries(
  ["LOGIN_PER_ACCOUNT", "LOGIN_PER_IP", "LOGIN_PER_SITE", "LOGIN_PER_DEVICE", "SIGNUP_PER_IP"].map((name) => [
    `LIMIT_${name}`,
    "100000000/1h",
  ]),
);

const password = "a harbour at dusk";

/** Login to Latchkey by its form. */
export const formLogin: Login = { page: "/login", path: "/login", asJson: false, status: 303 };

/** Starts a process that is killed when the bench exits. */
function start(...args: Parameters<typeof spawn>): ChildProcess {
  const child = spawn(...args);
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  return child;
}

let isBuilt = false;
/** Builds the package once; returns the path of its server. */
function builtProgram(): string {
  if (!isBuilt) execFileSync(process.execPath, [join(root, "tools/build.ts")], { stdio: "inherit" });
  isBuilt = true;
  return join(root, "dist/main.js");
}

/** Starts Latchkey in production, with high rate limits and without request logs. */
export async function startLatchkey(env: Record<string, string> = {}): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    NODE_ENV: "production",
    PORT: String(port),
    BASE_URL: url,
    SECRET_KEY: "k9".repeat(20),
    LOG_LEVEL: "warn",
    SESSIONS_PER_ACCOUNT: "10000",
    ...limits,
    ...env,
  };
  const child = start(process.execPath, [builtProgram()], {
    cwd: folder,
    env: settings,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await untilReady(`${url}/healthz`, child);
  return {
    name: "Latchkey",
    url,
    pid: child.pid ?? 0,
    login: formLogin,
    cookie: () => cookieOf(url, formLogin),
    signUp: (account) => signUpByForm(url, account, 303),
    stop: () => stop(child, folder),
  };
}

export async function startBetterAuth(pageBytes: number): Promise<Server | undefined> {
  if (!installPeers()) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const script = join(peersFolder, "better-auth.mjs");
  copyFileSync(join(here, "peers/better-auth.mjs"), script);
  const child = start(process.execPath, [script, String(port), join(folder, "peer.sqlite"), String(pageBytes)], {
    env: { NODE_ENV: "production", BETTER_AUTH_TELEMETRY: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/api/auth/ok`, child);
  const login: Login = { path: "/api/auth/sign-in/email", asJson: true, status: 200 };
  return {
    name: "better-auth",
    url,
    pid: child.pid ?? 0,
    login,
    cookie: () => cookieOf(url, login),
    signUp: async (account) => {
      await post(
        `${url}/api/auth/sign-up/email`,
        JSON.stringify({ name: `person${account}`, email: `person${account}@example.com`, password }),
        {
          "content-type": "application/json",
          origin: url,
        },
      );
    },
    stop: () => stop(child, folder),
  };
}

/** The Flask application in the folder that `BENCH_FLASK` names, under gunicorn with two workers. */
export async function startFlask(): Promise<Server | undefined> {
  const app = process.env["BENCH_FLASK"];
  if (!app || !existsSync(join(app, "run.py"))) {
    console.error("Flask is skipped: BENCH_FLASK must name a folder with a run.py.");
    return undefined;
  }
  if (!installDebian(["python3-flask", "python3-flask-login", "python3-flask-sqlalchemy", "python3-flaskext.wtf", "gunicorn"])) {
    console.error("Flask is skipped: its Debian packages cannot be installed.");
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const env = {
    PATH: "/usr/bin:/bin",
    SECRET_KEY: "k9".repeat(20),
    DATABASE_URL: `sqlite:///${folder}/peer.sqlite`,
    PYTHONDONTWRITEBYTECODE: "1",
  };
  // Creates the tables before the workers start, which would fail when both create them.
  execFileSync("/usr/bin/python3", ["-c", "import run"], { cwd: app, env });
  const child = start("gunicorn", ["--workers", "2", "--bind", `127.0.0.1:${port}`, "--chdir", app, "--log-level", "error", "run:app"], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "ignore"],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/login`, child);
  const login: Login = { page: "/login", path: "/login", asJson: false, status: 302 };
  return {
    name: "Flask, 2 workers",
    url,
    pid: child.pid ?? 0,
    login,
    cookie: () => cookieOf(url, login),
    signUp: (account) => signUpByForm(url, account, 302),
    stop: () => stop(child, folder),
  };
}

/** A server without login. */
export interface PageServer {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export async function startBareHono(pageBytes: number): Promise<PageServer> {
  const port = await freePort();
  const child = start(process.execPath, [join(here, "peers/bare-hono.mjs"), String(port), String(pageBytes)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

/** Starts the reference server, which sends Latchkey's pages and headers. `cookie` belongs to its session. */
export async function startPlainNode(latchkey: Server): Promise<PageServer & { readonly cookie: string }> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const pages = {
    dashboard: await pageOf(`${latchkey.url}/dashboard`, await latchkey.cookie()),
    login: await pageOf(`${latchkey.url}/login`),
  };
  writeFileSync(join(folder, "pages.json"), JSON.stringify(pages));
  const child = start(
    process.execPath,
    [join(here, "peers/plain-node.mjs"), String(port), join(folder, "pages.json"), join(folder, "peer.sqlite")],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(child.stdout as Readable, "data")) as [Buffer];
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, cookie: String(line).trim(), stop: () => stop(child, folder) };
}

/** Returns a page of Latchkey, with the parts that differ in each response. */
async function pageOf(url: string, cookie?: string): Promise<object> {
  const response = await fetch(url, cookie === undefined ? {} : { headers: { cookie } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} returned ${response.status}.`);
  const perResponse = ["date", "content-length", "connection", "keep-alive", "set-cookie"];
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !perResponse.includes(name)));
  return { headers, html: text, csrf: tokenIn(text), ...(cookie === undefined ? {} : { username: "person0" }) };
}

/** Runs Argon2id alone on all CPUs; returns hashes per second and the CPU time of one. */
export function rawArgon2(seconds: number): { perSecond: number; cpuMs: number } {
  const text = execFileSync(process.execPath, [join(here, "peers/argon2.mjs"), String(seconds)], { encoding: "utf8" });
  return JSON.parse(text) as { perSecond: number; cpuMs: number };
}

/** Returns the command of wrk, which needs the least CPU time, or of autocannon; undefined if neither can be installed. */
export function loadTool(): string[] | undefined {
  if (installDebian(["wrk"])) return ["wrk"];
  return installPeers() ? [process.execPath, join(peersFolder, "node_modules/autocannon/autocannon.js")] : undefined;
}

/** Resident memory of a process in bytes: now and at its peak. */
export function memoryOf(pid: number): { now: number; max: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return { now: kib("VmRSS") * 1_024, max: kib("VmHWM") * 1_024 };
}

let peersAreInstalled: boolean | undefined;
function installPeers(): boolean {
  peersAreInstalled ??= attempt("the npm packages of the peers", () => {
    mkdirSync(peersFolder, { recursive: true });
    const packages = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
    execFileSync("npm", ["install", "--prefix", peersFolder, "--no-audit", "--no-fund", "--save-exact", ...packages], { stdio: "ignore" });
  });
  return peersAreInstalled;
}

function installDebian(packages: readonly string[]): boolean {
  const isInstalled = (name: string) => attempt(undefined, () => execFileSync("dpkg", ["-s", name], { stdio: "ignore" }));
  if (packages.every(isInstalled)) return true;
  return attempt(`Debian's ${packages.join(", ")}`, () => {
    const options = { stdio: "ignore", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" } } as const;
    execFileSync("apt-get", ["update", "-q"], options);
    execFileSync("apt-get", ["install", "-yq", "--no-install-recommends", ...packages], options);
  });
}

function attempt(what: string | undefined, work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    if (what) console.error(`${what} could not be installed.`);
    return false;
  }
}

export async function signUpByForm(url: string, account: number, status: number): Promise<void> {
  const form = await sendOnce(`${url}/signup`, { headers: {} });
  const token = tokenIn(form.text);
  const username = `person${account}`;
  const body = new URLSearchParams({ csrf_token: token, username, email: `${username}@example.com`, password, confirm_password: password });
  await post(
    `${url}/signup`,
    String(body),
    { "content-type": "application/x-www-form-urlencoded", origin: url, cookie: form.cookies.join("; ") },
    status,
  );
}

async function post(url: string, body: string, headers: Record<string, string>, status = 200): Promise<Answer> {
  const answer = await sendOnce(url, {
    method: "POST",
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    body,
  });
  if (answer.status !== status) throw new Error(`${url} returned ${answer.status}: ${answer.text.slice(0, 300)}`);
  return answer;
}

/** Logs in and opens the dashboard, which consumes the welcome flash. Returns the `Cookie` header. */
export async function cookieOf(url: string, login: Login): Promise<string> {
  const jar = new Map<string, string>();
  const keep = ({ cookies, expired }: { cookies: readonly string[]; expired: readonly string[] }) => {
    for (const cookie of cookies) jar.set(cookie.split("=", 1)[0] ?? "", cookie);
    for (const name of expired) jar.delete(name);
  };
  const email = "person0@example.com";
  const form = login.page === undefined ? undefined : await sendOnce(url + login.page, { headers: {} });
  if (form) keep(form);
  const fields = { email, password, ...(form ? { csrf_token: tokenIn(form.text) } : {}) };
  const body = login.asJson ? JSON.stringify(fields) : String(new URLSearchParams(fields));
  const headers = {
    "content-type": login.asJson ? "application/json" : "application/x-www-form-urlencoded",
    origin: url,
    cookie: [...jar.values()].join("; "),
  };
  keep(await post(url + login.path, body, headers, login.status));
  keep(await sendOnce(`${url}/dashboard`, { headers: { cookie: [...jar.values()].join("; ") } }));
  return [...jar.values()].join("; ");
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} exited with ${child.exitCode}.`);
    try {
      await sendOnce(url, { headers: {} });
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 10));
    }
  }
  throw new Error(`${url} does not respond.`);
}

async function stop(child: ChildProcess, folder?: string): Promise<void> {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
  if (folder) rmSync(folder, { recursive: true, force: true });
}
