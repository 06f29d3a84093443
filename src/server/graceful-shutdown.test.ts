import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { gracefulShutdown } from "./graceful-shutdown.ts";

/** A server that answers when it is told to, and a browser that keeps its connection. */
async function serve() {
  const held: ServerResponse[] = [];
  const server = createServer((_request, response) => held.push(response));
  const drain = gracefulShutdown(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const asks = async () => {
    const sent = request({ port, agent }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.resume();
    await once(answer, "end");
    return answer.headers.connection;
  };
  const answers = async () => {
    while (held.length === 0) await new Promise(setImmediate);
    held.shift()?.end("answer");
  };
  return { drain, asks, answers, isAsked: () => held.length > 0 };
}

describe("graceful shutdown", () => {
  it("graceful shutdown: an open request is answered and its connection closed", async () => {
    const { drain, asks, answers, isAsked } = await serve();
    const answer = asks();
    while (!isAsked()) await new Promise(setImmediate);
    const drained = drain();
    await answers();
    expect(await answer).toBe("close");
    await drained;
  });

  it("graceful shutdown: a request on an idle connection is answered and the connection closed", async () => {
    const { drain, asks, answers } = await serve();
    const [before] = await Promise.all([asks(), answers()]);
    expect(before).toBe("keep-alive");
    const drained = drain();
    const [answer] = await Promise.all([asks(), answers()]);
    expect(answer).toBe("close");
    await drained;
  });
});
