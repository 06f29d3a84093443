/** Sends requests and measures latencies in a child process. Started by `slices.ts`. */
import { Connection } from "./connection.ts";

/** The requests to send; a message of the parent process. */
export type Load =
  | {
      readonly kind: "pages";
      readonly url: string;
      readonly headers: Record<string, string>;
      readonly connections: number;
      readonly seconds: number;
    }
  | {
      readonly kind: "logins";
      readonly url: string;
      readonly login: Login;
      readonly accounts: number;
      readonly connections: number;
      readonly seconds: number;
    };

/** How to log in to a server: by a form with its CSRF token, or by JSON. */
export interface Login {
  readonly page?: string;
  readonly path: string;
  readonly asJson: boolean;
  /** Status of a successful login. */
  readonly status: number;
}

export interface Measured {
  /** Number of all responses, including those outside of the measured time. */
  readonly count: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Returns the CSRF token of a form; empty if there is none. */
export function tokenIn(html: string): string {
  return /name="csrf_token"(?: type="hidden")? value="([^"]*)"/.exec(html)?.[1] ?? "";
}

/** Time until all connections are busy. */
const warmUpMs = 100;

// One process for all loads, so that V8 compiles the client only once.
if (process.send) process.on("message", async (load: Load) => process.send?.(await run(load)));

async function run(load: Load): Promise<Measured> {
  const times: number[] = [];
  let count = 0;
  const from = performance.now() + warmUpMs;
  const until = from + load.seconds * 1_000;
  await Promise.all(
    Array.from({ length: load.connections }, async (_, index) => {
      const connection = new Connection();
      for (let i = index; performance.now() < until; i += load.connections) {
        const at = performance.now();
        await (load.kind === "pages" ? openPage(connection, load) : logIn(connection, load, i % load.accounts));
        const now = performance.now();
        count++;
        // Only responses while all connections are busy.
        if (now >= from && now < until) times.push(now - at);
      }
      connection.close();
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { count, perSecond: times.length / load.seconds, medianMs: at(0.5), p99Ms: at(0.99) };
}

async function openPage(connection: Connection, { url, headers }: Extract<Load, { kind: "pages" }>): Promise<void> {
  const { status } = await connection.send(url, { headers });
  if (status !== 200) throw new Error(`${url} returned ${status}.`);
}

async function logIn(connection: Connection, { url, login }: Extract<Load, { kind: "logins" }>, account: number): Promise<void> {
  const form = login.page === undefined ? undefined : await connection.send(url + login.page, { headers: {} });
  const token = tokenIn(form?.text ?? "");
  const fields = { email: `person${account}@example.com`, password: "a harbour at dusk", ...(form ? { csrf_token: token } : {}) };
  const body = login.asJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const headers: Record<string, string> = {
    "content-type": login.asJson ? "application/json" : "application/x-www-form-urlencoded",
    "content-length": String(Buffer.byteLength(body)),
    origin: url,
    ...(form ? { cookie: form.cookies.join("; ") } : {}),
  };
  const { status } = await connection.send(url + login.path, { method: "POST", headers, body });
  if (status !== login.status) throw new Error(`A login returned ${status}.`);
}
