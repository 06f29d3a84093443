/** Sends requests and takes the time, in a process of its own: the same for every server. Run by `bench.ts`. */
import { Agent, request } from "node:http";

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
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
  /** Names of the cookies that it takes away. */
  readonly dropped: readonly string[];
}

/** The token in a page's form. */
export function tokenIn(html: string): string {
  return /name="csrf_token"(?: type="hidden")? value="([^"]*)"/.exec(html)?.[1] ?? "";
}

if (process.argv[1] === import.meta.filename) process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2] ?? "") as Load)));

async function run(load: Load): Promise<Measured> {
  const times: number[] = [];
  const until = performance.now() + load.seconds * 1_000;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, async (_, line) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let i = line; performance.now() < until; i += load.connections) {
        const at = performance.now();
        await (load.kind === "pages" ? openPage(agent, load) : logIn(agent, load, i % load.accounts));
        times.push(performance.now() - at);
      }
      agent.destroy();
    }),
  );
  const tookSeconds = (performance.now() - startedAt) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { perSecond: times.length / tookSeconds, medianMs: at(0.5), p99Ms: at(0.99) };
}

async function openPage(agent: Agent, { url, headers }: Extract<Load, { kind: "pages" }>): Promise<void> {
  const { status } = await send(agent, url, { headers });
  if (status !== 200) throw new Error(`${url} answered ${status}.`);
}

async function logIn(agent: Agent, { url, login }: Extract<Load, { kind: "logins" }>, account: number): Promise<void> {
  const form = login.page === undefined ? undefined : await send(agent, url + login.page, { headers: {} });
  const token = tokenIn(form?.text ?? "");
  const fields = { email: `person${account}@example.com`, password: "a harbour at dusk", ...(form ? { csrf_token: token } : {}) };
  const body = login.asJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const headers: Record<string, string> = {
    "content-type": login.asJson ? "application/json" : "application/x-www-form-urlencoded",
    "content-length": String(Buffer.byteLength(body)),
    origin: url,
    ...(form ? { cookie: form.cookies.join("; ") } : {}),
  };
  const { status } = await send(agent, url + login.path, { method: "POST", headers, body });
  if (status !== login.status) throw new Error(`A login was answered with ${status}.`);
}

interface Sending {
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export function send(agent: Agent, url: string, { method = "GET", headers, body = "" }: Sending): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(url, { agent, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.once("end", () => {
        const lines = response.headers["set-cookie"] ?? [];
        const isDropped = (line: string) => /max-age=0|expires=thu, 01 jan 1970/i.test(line);
        done({
          status: response.statusCode ?? 0,
          text: Buffer.concat(parts).toString(),
          cookies: lines.filter((line) => !isDropped(line)).map((line) => line.split(";", 1)[0] ?? ""),
          dropped: lines.filter(isDropped).map((line) => line.split("=", 1)[0] ?? ""),
        });
      });
    });
    sent.once("error", fail).end(body);
  });
}
