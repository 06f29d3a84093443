/** A project that installs the package with npm and runs its examples. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, inject, type TestContext } from "vitest";
import { freePort } from "../free-port.ts";
import { Person } from "../person.ts";

export const root = realpathSync(resolve(import.meta.dirname, "../.."));

/** Environment variables for npm and proxies; none refers to the checkout. */
const inherited = ["HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "npm_config_registry"];

export class ConsumerProject {
  readonly folder: string;
  readonly #env: Record<string, string>;
  readonly #started: ChildProcess[] = [];

  /** Its processes end with the test. */
  constructor(name: string, { onTestFinished }: TestContext) {
    onTestFinished(() => this.#stops());
    this.folder = join(inject("outside"), name);
    mkdirSync(this.folder, { recursive: true });
    const guard = join(this.folder, "refuse-checkout.mjs");
    writeFileSync(guard, rejectCheckout);
    const own = Object.fromEntries(
      inherited.flatMap((each) => (process.env[each] === undefined ? [] : [[each, process.env[each] as string]])),
    );
    // PATH without executables of the checkout.
    const path = [dirname(process.execPath), ...(process.env["PATH"] ?? "").split(":").filter((each) => !each.includes("node_modules"))];
    this.#env = { ...own, PATH: path.join(":"), NODE_OPTIONS: `--import ${guard}`, NEXT_TELEMETRY_DISABLED: "1", CI: "1" };
  }

  /** Writes the code blocks of a page whose first line is a matching path. */
  writesFrom(page: string, path: RegExp): string[] {
    const text = readFileSync(join(root, page), "utf8");
    const blocks = [...text.matchAll(/^```(?:tsx?|js)\n((?:\/\/|#) (\S+)\n[\s\S]*?)^```/gm)].filter(([, , name = ""]) => path.test(name));
    expect(blocks, `${page} ${path}`).not.toEqual([]);
    return blocks.map(([, code = "", name = ""]) => this.writes(name, code));
  }

  writes(path: string, text: string): string {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
    return path;
  }

  async installs(...packages: readonly string[]): Promise<void> {
    this.writes("package.json", JSON.stringify({ private: true, type: "module" }));
    await this.runs("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", inject("tarball"), ...packages]);
  }

  async runs(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)(command, args, { cwd: this.folder, env: { ...this.#env, ...env }, maxBuffer: 2 ** 24 });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  /** Starts a server on a free PORT; returns its URL once it responds. */
  async starts(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const port = String(await freePort());
    const url = `http://localhost:${port}`;
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...this.#env, PORT: port, ...(env["NODE_ENV"] === "production" ? { BASE_URL: url } : {}), ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part: Buffer) => (output += part.toString()));
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${command} ${args.join(" ")} ended:\n${output}`);
      if (await fetch(`${url}/nothing/here`).catch(() => undefined)) return url;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #stops(): Promise<void> {
    for (const child of this.#started.splice(0)) {
      if (child.exitCode !== null || child.pid === undefined) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid, "SIGKILL");
      await ended;
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
  }

  /** Compiles with the strictest options; fails if sources of the checkout are read. */
  async compiles(files: readonly string[], compilerOptions: Record<string, unknown> = {}): Promise<void> {
    const strict = {
      target: "es2024",
      module: "nodenext",
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      noEmit: true,
    };
    const config = this.writes("tsconfig.strict.json", JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files }));
    const read = await this.runs(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config, "--listFiles"], {
      NODE_OPTIONS: "",
    });
    expect(read.split("\n").filter((path) => path.startsWith(`${root}/`) && !/\/lib\.[\w.]+\.d\.ts$/.test(path))).toEqual([]);
  }
}

/** Signs up, logs in, opens a guarded page and logs out; checks the stylesheet. */
export async function expectLoginWorks(url: string, { mount = "", guarded = "/reports", says = "Hello ada" } = {}): Promise<void> {
  const ada = new Person(url, { username: "ada" }, {});
  const next = encodeURIComponent(guarded);
  const anonymous = await ada.opens(guarded);
  expect([anonymous.status >= 300 && anonymous.status < 400, anonymous.location]).toEqual([true, `${mount}/login?next=${next}`]);
  const login = await ada.opens(`${mount}/login`);
  const style = /<link rel="stylesheet" href="([^"]+)"/.exec(login.html)?.[1] ?? "";
  const css = await ada.opens(style);
  expect([css.status, css.headers.get("content-type"), css.html.length > 5_000]).toEqual([200, "text/css; charset=utf-8", true]);
  const { username, email, password } = ada.identity;
  const signup = await ada.fillsIn(`${mount}/signup`, { username, email, password, confirm_password: password });
  expect([signup.status, signup.location]).toEqual([303, `${mount}/login`]);
  const forged = await ada.posts(`${mount}/login`, { email, password, csrf_token: "forged" });
  expect(forged.status).toBe(403);
  const loggedIn = await ada.fillsIn(`${mount}/login?next=${next}`, { email, password, next: guarded });
  expect([loggedIn.status, loggedIn.location]).toEqual([303, guarded]);
  const page = await ada.opens(guarded);
  expect([page.status, page.text.includes(says)]).toEqual([200, true]);
  expect((await ada.fillsIn(`${mount}/logout`, {})).status).toBe(303);
  expect((await ada.opens(guarded)).location).toBe(`${mount}/login?next=${next}`);
}

/** Preloaded by each program, which exits if it loads a module of the checkout. */
const rejectCheckout = `
import { realpathSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
const checkout = ${JSON.stringify(`${root}/`)};
registerHooks({
  load(url, context, next) {
    if (url.startsWith("file:") && realpathSync(fileURLToPath(url)).startsWith(checkout)) {
      console.error("This was loaded from the checkout: " + url);
      process.exit(97);
    }
    return next(url, context);
  },
});
`;
