/** Drains an HTTP server without dropping requests. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";

/** Grace period of idle connections, for requests already on their way. */
const graceMs = 300;
/** Time limit of open requests. */
const drainTimeoutMs = 10_000;

/** Tracks the connections of a server and returns a function that drains it. */
export function gracefulShutdown(server: Server): () => Promise<void> {
  // Tracked per connection: an entry per request would slow down each page.
  const latest = new Map<Socket, ServerResponse>();
  server.on("connection", (socket: Socket) => socket.once("close", () => latest.delete(socket)));
  server.prependListener("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    latest.set(socket, response);
  });
  return () => drain(server, latest.values());
}

/**
 * Accepts no new connections and closes each open one with its next response (RFC 9112, 9.6). Node's `close` would reset idle
 * connections immediately, including those with an unread request.
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
    // Connections with an open request become idle after its response.
    hangUp = setInterval(() => server.closeIdleConnections(), 50);
  }, graceMs);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainTimeoutMs);
  await closed;
  for (const timer of [grace, hangUp, giveUp]) clearTimeout(timer);
}
