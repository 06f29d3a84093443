/** Converts between Node's and the Web's requests and responses, for the adapters. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Connection, Guarded, Latchkey, Level } from "../latchkey.ts";

/** Requirements of a route in addition to a login. */
export interface AccessOptions {
  /** Requires authentication within `reauthenticateAfter` (15 minutes); otherwise shows the re-authentication page. */
  readonly recentAuth?: boolean;
  /** Requires this role; otherwise responds with 403. */
  readonly role?: string;
  /** Requires a session of this level: 2 asks for the second factor. */
  readonly level?: Level;
  /** Skips the origin check (CSRF), for routes that check a token themselves. */
  readonly anyOrigin?: boolean;
}

export function requireAccess<Extra>(
  latchkey: Latchkey<Extra>,
  request: Request,
  { recentAuth = false, role, level = 1, anyOrigin = false }: AccessOptions = {},
): Promise<Guarded<Extra>> {
  const options = { anyOrigin, level, recentAuth };
  return role === undefined ? latchkey.loginRequired(request, options) : latchkey.roleRequired(request, role, options);
}

/** A request whose body may have been parsed already, as by Express's parsers. */
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

/** Host header poisoning: the URL has a dummy host, as links are built from `baseUrl`. */
export function toRequest(req: Incoming, withBody = true): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
  }
  // Forbidden methods of the Web's `Request`.
  const method = /^(?:CONNECT|TRACE|TRACK)$/.test(req.method ?? "") ? "UNKNOWN" : (req.method ?? "GET");
  // One leading slash: "//evil.test/x" would be parsed as another host.
  const url = new URL(`http://app.invalid/${(req.originalUrl ?? req.url ?? "/").replace(/^\/+/, "")}`);
  if (!withBody || method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: bodyOf(req, headers), duplex: "half" } as RequestInit);
}

/** Serializes a parsed body again, in its content type. */
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

/** Writes a Web response to Node's; headers and cookies that the app has set are kept. */
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
