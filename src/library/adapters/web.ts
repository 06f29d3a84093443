/** Between Node's requests and the Web's: what the adapters share. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Connection, Guarded, Latchkey } from "../latchkey.ts";

/** What more a page asks for than a login. */
export interface Demand {
  /** The password, given in the last 15 minutes. */
  readonly fresh?: boolean;
  readonly role?: string;
  /** Lets requests that change something come from any site: for a route that makes sure of its sender itself, as by a token. */
  readonly anyOrigin?: boolean;
}

export function demanded<Extra>(
  latchkey: Latchkey<Extra>,
  request: Request,
  { fresh = false, role, anyOrigin = false }: Demand = {},
): Promise<Guarded<Extra>> {
  if (role !== undefined) return latchkey.roleRequired(request, role, { anyOrigin });
  return fresh ? latchkey.freshLoginRequired(request, { anyOrigin }) : latchkey.loginRequired(request, { anyOrigin });
}

/** A request whose body somebody may have read already, as Express's parsers do. */
export interface Incoming extends IncomingMessage {
  readonly body?: unknown;
  readonly originalUrl?: string;
}

export function pathOf(req: Incoming): string {
  return (req.originalUrl ?? req.url ?? "/").split("?", 1)[0] ?? "/";
}

export function connectionOf(req: Incoming): Connection {
  return { remoteAddress: req.socket.remoteAddress };
}

/** The same request in the Web's form. Its host is nobody's: no address is ever built from what a request says. */
export function toRequest(req: Incoming, withBody = true): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
  }
  // Methods that no Web `Request` may have, and that none of our pages answers.
  const method = /^(?:CONNECT|TRACE|TRACK)$/.test(req.method ?? "") ? "UNKNOWN" : (req.method ?? "GET");
  // One leading slash: "//evil.test/x" would otherwise be another host.
  const url = new URL(`http://app.invalid/${(req.originalUrl ?? req.url ?? "/").replace(/^\/+/, "")}`);
  if (!withBody || method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: bodyOf(req, headers), duplex: "half" } as RequestInit);
}

/** What was parsed is written anew, in the form that it came in. */
function bodyOf(req: Incoming, headers: Headers): ReadableStream | string | Uint8Array<ArrayBuffer> {
  if (!req.readableEnded && !req.readableDidRead) return Readable.toWeb(req);
  headers.delete("content-length");
  headers.delete("transfer-encoding");
  headers.delete("content-encoding");
  const { body } = req;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (typeof body === "string") return body;
  const isForm = (headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded");
  return isForm ? String(asForm(body)) : JSON.stringify(body ?? {});
}

function asForm(body: unknown): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body ?? {})) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) form.append(name, String(each));
  }
  return form;
}

/** Writes an answer in the Web's form into Node's, beside the headers and cookies that the app has set. */
export async function answer(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name === "set-cookie" || name === "vary") res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  if (response.body === null) {
    res.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as ReadableStream), res).catch(() => res.destroy());
}
