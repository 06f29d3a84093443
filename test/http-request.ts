/** Sends HTTP requests with exact headers; `fetch` adds Sec-Fetch headers. */
import { type IncomingMessage, request } from "node:http";

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Follows no redirects; rejects with the socket's error if there is no response. */
export async function sendRequest(url: string, { method = "GET", headers = {}, body }: RequestOptions = {}): Promise<Response> {
  const defaults = { "user-agent": "node", "accept-language": "*" };
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, headers: { ...defaults, ...length, ...headers } }, resolve);
    sent.once("error", reject);
    sent.end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const received = new Headers();
  for (let i = 0; i < answer.rawHeaders.length; i += 2) received.append(answer.rawHeaders[i] ?? "", answer.rawHeaders[i + 1] ?? "");
  const status = answer.statusCode ?? 0;
  return new Response([204, 205, 304].includes(status) ? null : Buffer.concat(chunks), { status, headers: received });
}
