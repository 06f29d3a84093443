/** Sends requests like a browser, within a request budget. */
import { type IncomingHttpHeaders, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { isIP } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** The request or time budget is used up. */
export class BudgetError extends Error {
  override name = "BudgetError";
}

/** Limits the number, rate and duration of requests. */
export class RequestBudget {
  sent = 0;
  readonly #maxRequests: number;
  readonly #until: number;
  readonly #now: () => number;
  #stopped: string | undefined;
  constructor(maxRequests: number, maxSeconds: number, now: () => number) {
    this.#maxRequests = maxRequests;
    this.#now = now;
    this.#until = now() + maxSeconds * 1_000;
  }

  /** Rejects all further requests for this reason. */
  stop(why: string): void {
    this.#stopped = why;
  }

  /** Counts a request. Throws {@link BudgetError} if the budget is used up or stopped. */
  async spend(): Promise<void> {
    if (this.#stopped !== undefined) throw new BudgetError(this.#stopped);
    if (this.sent >= this.#maxRequests) throw new BudgetError(`The limit of ${this.#maxRequests} requests is reached.`);
    if (this.#now() >= this.#until) throw new BudgetError("The time limit is reached.");
    this.sent++;
    // At most 50 requests per second: the deployment is in use.
    await pause(20);
  }
}

export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `Set-Cookie` headers. */
  readonly cookies: readonly string[];
  readonly redirectedTo: string;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const maxResponseBytes = 2 ** 20;

export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #base: URL;
  readonly #budget: RequestBudget;
  constructor(base: URL, budget: RequestBudget) {
    this.#base = base;
    this.#budget = budget;
  }

  /** Returns a browser with a copy of the cookies, like stolen ones; optionally with another budget. */
  copy(budget = this.#budget): Browser {
    const copied = new Browser(this.#base, budget);
    for (const [name, value] of this.cookies) copied.cookies.set(name, value);
    return copied;
  }

  get hasSession(): boolean {
    return [...this.cookies.keys()].some(isSession);
  }

  get origin(): string {
    return this.#base.origin;
  }

  /** The path of a URL below the mount path. */
  pathOf(url: string): string {
    return new URL(url, this.#base).pathname.slice(this.#mount.length);
  }

  get #mount(): string {
    return this.#base.pathname.replace(/\/$/, "");
  }

  /** Sends a request to a path below the mount path, without normalising it. */
  async send(path: string, { method = "GET", headers = {}, body }: RequestOptions = {}): Promise<Response> {
    await this.#budget.spend();
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = {
      host: this.#base.host,
      ...(cookie === "" ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const response = await exchange(this.#base, `${this.#mount}${path}`, method, all, body);
    for (const line of response.cookies) this.#storeCookie(line);
    return response;
  }

  #storeCookie(line: string): void {
    const [pair = ""] = line.split(";", 1);
    const name = pair.slice(0, pair.indexOf("="));
    if (/max-age=0(?:;|$)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(pair.indexOf("=") + 1));
  }

  /** Returns the CSRF token of a form; empty if there is none. */
  async token(path: string): Promise<string> {
    const { text } = await this.send(path);
    return /name="csrf_token" value="([^"]*)"/.exec(text)?.[1] ?? "";
  }

  /** Submits a form with its CSRF token, unless `csrf_token` is given. */
  async submit(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const csrf_token = fields["csrf_token"] ?? (await this.token(path));
    const body = String(new URLSearchParams({ ...fields, csrf_token }));
    return this.send(path, { method: "POST", headers: { ...asForm, origin: this.origin, ...headers }, body });
  }
}

/** Whether this is the name of a session cookie. */
export function isSession(cookie: string): boolean {
  return /session$/i.test(cookie);
}

export const asForm = { "content-type": "application/x-www-form-urlencoded" };

function exchange(base: URL, path: string, method: string, headers: Record<string, string>, body: string | undefined): Promise<Response> {
  return new Promise((done, fail) => {
    const send = base.protocol === "https:" ? overHttps : overHttp;
    const hostname = base.hostname.replace(/^\[|\]$/g, "");
    const { port } = base;
    // SNI with the real host, because `Host` may be spoofed on purpose; never an IP address (RFC 6066, 3).
    const servername = isIP(hostname) === 0 ? hostname : "";
    const sent = send({ hostname, servername, port, path, method, headers, timeout: 15_000, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      let length = 0;
      answer.on("data", (part: Buffer) => {
        length += part.length;
        if (length <= maxResponseBytes) parts.push(part);
      });
      answer.once("end", () =>
        done({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(parts).toString(),
          cookies: answer.headers["set-cookie"] ?? [],
          redirectedTo: answer.headers.location ?? "",
        }),
      );
      answer.once("error", fail);
    });
    sent.once("timeout", () => sent.destroy(new Error("no response within 15 seconds")));
    sent.once("error", (error: NodeJS.ErrnoException) => {
      // A reset is an acceptable response to a hostile request; other errors mean that the site is down.
      if (error.code === "ECONNRESET" || error.code === "EPIPE") done({ status: 0, headers: {}, text: "", cookies: [], redirectedTo: "" });
      else fail(error);
    });
    sent.end(body);
  });
}
