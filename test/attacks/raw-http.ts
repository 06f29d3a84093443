/** Sends requests byte for byte that no browser or `fetch` would send. */
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Status line and headers, unparsed. */
  readonly head: string;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  /** With 1.0, no Host header is added. */
  readonly version?: "1.0" | "1.1";
  /** The request target, sent as it is. */
  readonly path: string;
  /** Sent in Latin-1; `Host` and `Content-Length` are added if missing. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
}

/** Sends a request on a new connection, and reads until the server closes it. */
export async function sendRaw(
  url: string,
  { method = "GET", version = "1.1", path, headers = [], body = "" }: RawRequest,
): Promise<RawAnswer> {
  const { host } = new URL(url);
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const bytes = Buffer.from(body);
  const lines = [
    `${method} ${path} HTTP/${version}`,
    ...(has("host") || version === "1.0" ? [] : [`Host: ${host}`]),
    "Connection: close",
    ...(bytes.length === 0 || has("content-length") || has("transfer-encoding") ? [] : [`Content-Length: ${bytes.length}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const received = await exchange(url, Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes]));
  const end = received.indexOf("\r\n\r\n");
  const head = received.slice(0, end < 0 ? undefined : end);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: end < 0 ? "" : received.slice(end + 4) };
}

function exchange(url: string, request: Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    const text = () => Buffer.concat(chunks).toString();
    socket.setTimeout(60_000, () => socket.destroy(new Error("The server neither responded nor closed the connection.")));
    socket.on("data", (chunk) => chunks.push(chunk));
    // A server may reject and close while the body is still sent: its response counts.
    socket.on("error", (error) => (chunks.length > 0 ? resolve(text()) : reject(error)));
    socket.on("close", () => resolve(text()));
    socket.write(request);
  });
}
