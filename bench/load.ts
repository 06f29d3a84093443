/** Sends requests and takes the time, in a process of its own: the same for every server. Run by `slices.ts`. */
import { Wire } from "./wire.ts";

/** What is to be sent, as JSON in the first argument. */
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

/** How a server is logged in to: by the form of a page, with its token, or by JSON. */
export interface Login {
  readonly page?: string;
  readonly path: string;
  readonly asJson: boolean;
  /** What the answer to a login that succeeded is. */
  readonly status: number;
}

export interface Measured {
  /** All that were answered, also while lines fill and empty. */
  readonly count: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** The token in a page's form. */
export function tokenIn(html: string): string {
  return /name="csrf_token"(?: type="hidden")? value="([^"]*)"/.exec(html)?.[1] ?? "";
}

/** Until all lines are busy. */
const warmUpMs = 100;

// One load after another, so that the client's own code is compiled for the first slice only.
if (process.send) process.on("message", async (load: Load) => process.send?.(await run(load)));

async function run(load: Load): Promise<Measured> {
  const times: number[] = [];
  let count = 0;
  const from = performance.now() + warmUpMs;
  const until = from + load.seconds * 1_000;
  await Promise.all(
    Array.from({ length: load.connections }, async (_, line) => {
      const wire = new Wire();
      for (let i = line; performance.now() < until; i += load.connections) {
        const at = performance.now();
        await (load.kind === "pages" ? openPage(wire, load) : logIn(wire, load, i % load.accounts));
        const now = performance.now();
        count++;
        // Only what is answered while all lines are busy: at the end, each waits for the last.
        if (now >= from && now < until) times.push(now - at);
      }
      wire.close();
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { count, perSecond: times.length / load.seconds, medianMs: at(0.5), p99Ms: at(0.99) };
}

async function openPage(wire: Wire, { url, headers }: Extract<Load, { kind: "pages" }>): Promise<void> {
  const { status } = await wire.send(url, { headers });
  if (status !== 200) throw new Error(`${url} answered ${status}.`);
}

async function logIn(wire: Wire, { url, login }: Extract<Load, { kind: "logins" }>, account: number): Promise<void> {
  const form = login.page === undefined ? undefined : await wire.send(url + login.page, { headers: {} });
  const token = tokenIn(form?.text ?? "");
  const fields = { email: `person${account}@example.com`, password: "a harbour at dusk", ...(form ? { csrf_token: token } : {}) };
  const body = login.asJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const headers: Record<string, string> = {
    "content-type": login.asJson ? "application/json" : "application/x-www-form-urlencoded",
    "content-length": String(Buffer.byteLength(body)),
    origin: url,
    ...(form ? { cookie: form.cookies.join("; ") } : {}),
  };
  const { status } = await wire.send(url + login.path, { method: "POST", headers, body });
  if (status !== login.status) throw new Error(`A login was answered with ${status}.`);
}
