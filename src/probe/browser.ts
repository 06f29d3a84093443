/** A browser as a black box sees one: it sends, keeps cookies, finds the token of a form, follows nothing by itself, and counts. */
import { type IncomingHttpHeaders, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { isIP } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** The bounds are reached: what is left is not tried. */
export class SpentError extends Error {
  override name = "SpentError";
}

/** How much may be asked of a deployment, and how much has been. */
export class Budget {
  sent = 0;
  readonly #most: number;
  readonly #until: number;
  readonly #now: () => number;
  #stopped: string | undefined;
  constructor(most: number, seconds: number, now: () => number) {
    this.#most = most;
    this.#now = now;
    this.#until = now() + seconds * 1_000;
  }

  /** Lets nothing more be asked, for this reason. */
  stop(why: string): void {
    this.#stopped = why;
  }

  /** Takes one request. Throws {@link SpentError} where there is none left, no time, or it was stopped. */
  async take(): Promise<void> {
    if (this.#stopped !== undefined) throw new SpentError(this.#stopped);
    if (this.sent >= this.#most) throw new SpentError(`All ${this.#most} requests are used up.`);
    if (this.#now() >= this.#until) throw new SpentError("The time is up.");
    this.sent++;
    // Fifty a second at most: it is somebody's front door.
    await pause(20);
  }
}

export interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Its `Set-Cookie` lines. */
  readonly cookies: readonly string[];
  readonly ledTo: string;
}

interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const longestAnswer = 2 ** 20;

export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #base: URL;
  readonly #budget: Budget;
  constructor(base: URL, budget: Budget) {
    this.#base = base;
    this.#budget = budget;
  }

  /** A browser with a copy of the cookies, as somebody who stole them has it; on another budget where one is given. */
  copy(budget = this.#budget): Visitor {
    const copied = new Visitor(this.#base, budget);
    for (const [name, value] of this.cookies) copied.cookies.set(name, value);
    return copied;
  }

  get hasSession(): boolean {
    return [...this.cookies.keys()].some(isSession);
  }

  get origin(): string {
    return this.#base.origin;
  }

  /** The path to send, for an address that an answer led to. */
  below(address: string): string {
    return new URL(address, this.#base).pathname.slice(this.#mount.length);
  }

  get #mount(): string {
    return this.#base.pathname.replace(/\/$/, "");
  }

  /** Sends a request to a path below where everything lives, just as it is. */
  async send(path: string, { method = "GET", headers = {}, body }: Sending = {}): Promise<Seen> {
    await this.#budget.take();
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = {
      host: this.#base.host,
      ...(cookie === "" ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const seen = await exchange(this.#base, `${this.#mount}${path}`, method, all, body);
    for (const line of seen.cookies) this.#keep(line);
    return seen;
  }

  #keep(line: string): void {
    const [pair = ""] = line.split(";", 1);
    const name = pair.slice(0, pair.indexOf("="));
    if (/max-age=0(?:;|$)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(pair.indexOf("=") + 1));
  }

  /** Opens a form and gives its token; empty where there is none. */
  async token(path: string): Promise<string> {
    const { text } = await this.send(path);
    return /name="csrf_token" value="([^"]*)"/.exec(text)?.[1] ?? "";
  }

  /** Sends a form as its page would, with the token that is on it unless another is given. */
  async submit(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
    const csrf_token = fields["csrf_token"] ?? (await this.token(path));
    const body = String(new URLSearchParams({ ...fields, csrf_token }));
    return this.send(path, { method: "POST", headers: { ...asForm, origin: this.origin, ...headers }, body });
  }
}

/** Whether a cookie of this name holds a session. */
export function isSession(cookie: string): boolean {
  return /session$/i.test(cookie);
}

export const asForm = { "content-type": "application/x-www-form-urlencoded" };

function exchange(base: URL, path: string, method: string, headers: Record<string, string>, body: string | undefined): Promise<Seen> {
  return new Promise((done, fail) => {
    const send = base.protocol === "https:" ? overHttps : overHttp;
    const hostname = base.hostname.replace(/^\[|\]$/g, "");
    const { port } = base;
    // Named, or the certificate would be held against a `Host` that is claimed on purpose; an address is never named (RFC 6066, 3).
    const servername = isIP(hostname) === 0 ? hostname : "";
    const sent = send({ hostname, servername, port, path, method, headers, timeout: 15_000, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      let length = 0;
      answer.on("data", (part: Buffer) => {
        length += part.length;
        if (length <= longestAnswer) parts.push(part);
      });
      answer.once("end", () =>
        done({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(parts).toString(),
          cookies: answer.headers["set-cookie"] ?? [],
          ledTo: answer.headers.location ?? "",
        }),
      );
      answer.once("error", fail);
    });
    sent.once("timeout", () => sent.destroy(new Error("It did not answer within 15 seconds.")));
    sent.once("error", (error: NodeJS.ErrnoException) => {
      // Hanging up is an answer to what is hostile; nobody there is none.
      if (error.code === "ECONNRESET" || error.code === "EPIPE") done({ status: 0, headers: {}, text: "", cookies: [], ledTo: "" });
      else fail(error);
    });
    sent.end(body);
  });
}
