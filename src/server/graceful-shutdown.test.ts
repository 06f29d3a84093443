import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { gracefulShutdown } from "./graceful-shutdown.ts";

/** A server whose responses are sent by `respond`, and a client with a keep-alive connection. */
async function serve() {
  const pending: ServerResponse[] = [];
  const server = createServer((_request, response) => pending.push(response));
  const drain = gracefulShutdown(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = async () => {
    const sent = request({ port, agent }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    return response.headers.connection;
  };
  const respond = async () => {
    while (pending.length === 0) await new Promise(setImmediate);
    pending.shift()?.end("body");
  };
  return { drain, send, respond, hasPending: () => pending.length > 0 };
}

describe("graceful shutdown", () => {
  afterEach(() => vi.useRealTimers());

  it("graceful shutdown: an open request is answered and its connection closed", async () => {
    const { drain, send, respond, hasPending } = await serve();
    const connection = send();
    while (!hasPending()) await new Promise(setImmediate);
    const drained = drain();
    await respond();
    expect(await connection).toBe("close");
    await drained;
  });

  it("graceful shutdown: a request on an idle connection is answered and the connection closed", async () => {
    const { drain, send, respond } = await serve();
    const [before] = await Promise.all([send(), respond()]);
    expect(before).toBe("keep-alive");
    // A busy machine may take longer than the grace period.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const drained = drain();
    const [after] = await Promise.all([send(), respond()]);
    expect(after).toBe("close");
    await drained;
  });
});
