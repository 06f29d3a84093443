/** Ends a server without dropping a request that is on its way to it. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";

/** How long a connection that looks idle is kept, for bytes that were sent before its client could know. */
const graceMs = 300;
/** How long requests under way may take. */
const drainForMs = 10_000;

/** Watches a server, and gives what drains it. */
export function gracefulShutdown(server: Server): () => Promise<void> {
  // By connection, for a page would feel what is noted and forgotten for each request.
  const latest = new Map<Socket, ServerResponse>();
  server.on("connection", (socket: Socket) => socket.once("close", () => latest.delete(socket)));
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    latest.set(socket, response);
  });
  return () => drain(server, latest.values());
}

/**
 * Takes no new connections, answers what comes on the open ones and closes each with its answer (RFC 9112, 9.6), and resolves when
 * all are closed. Node's own `close` hangs up on idle connections at once, and with them on requests that it has not read yet.
 */
async function drain(server: Server, latest: Iterable<ServerResponse>): Promise<void> {
  for (const response of latest) response.shouldKeepAlive = false;
  server.prependListener("request", (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  let hangUp: NodeJS.Timeout | undefined;
  const grace = setTimeout(() => {
    server.closeIdleConnections();
    // A request that was under way when it began falls idle with its answer.
    hangUp = setInterval(() => server.closeIdleConnections(), 50);
  }, graceMs);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainForMs);
  await closed;
  for (const timer of [grace, hangUp, giveUp]) clearTimeout(timer);
}
