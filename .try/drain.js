import { Server as NetServer } from "node:net";
/** How long a connection that looks idle is kept, for bytes that were sent before its client could know. */
const graceMs = 300;
/** How long requests under way may take. */
const drainForMs = 10_000;
/** Watches a server, and gives what drains it. */
export function drainable(server) {
    const underWay = new Set();
    server.prependListener("request", (_request, response) => {
        underWay.add(response);
        response.once("close", () => underWay.delete(response));
    });
    return () => drain(server, underWay);
}
/**
 * Takes no new connections, answers what comes on the open ones and closes each with its answer (RFC 9112, 9.6), and resolves when
 * all are closed. Node's own `close` hangs up on idle connections at once, and with them on requests that it has not read yet.
 */
async function drain(server, underWay) {
    for (const response of underWay)
        response.shouldKeepAlive = false;
    server.prependListener("request", (_request, response) => {
        response.shouldKeepAlive = false;
    });
    const closed = new Promise((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    let hangUp;
    const grace = setTimeout(() => {
        server.closeIdleConnections();
        // A request that was under way when it began falls idle with its answer.
        hangUp = setInterval(() => server.closeIdleConnections(), 50);
    }, graceMs);
    const giveUp = setTimeout(() => server.closeAllConnections(), drainForMs);
    await closed;
    for (const timer of [grace, hangUp, giveUp])
        clearTimeout(timer);
}
