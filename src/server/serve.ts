/** Creates the HTTP server, with its time limits and error handling. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Services } from "../core/services.ts";
import type { LatchkeyApp } from "../http/pipeline.ts";
import { batchResponses } from "./batch-responses.ts";

/** Minimum interval between log lines of one error: EMFILE occurs on every connection. */
const logIntervalMs = 10_000;

export function createHttpServer(s: Services, app: Pick<LatchkeyApp, "fetch">): Server {
  const { baseUrl, keepAliveMs } = s.settings;
  const server = createAdaptorServer({
    fetch: batchResponses(app.fetch),
    // Fallback for HTTP/1.0 requests without a Host header, such as health checks of load balancers.
    hostname: new URL(baseUrl).host,
    // Slowloris: slow senders are disconnected.
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: keepAliveMs },
  }) as Server;
  let loggedAt = Number.NEGATIVE_INFINITY;
  // An unhandled `error` event, such as EMFILE or a client that has left, would end the process.
  server.on("error", (error) => {
    if (!server.listening || s.now() < loggedAt + logIntervalMs) return;
    loggedAt = s.now();
    s.log.error({ code: (error as NodeJS.ErrnoException).code }, "cannot accept connections");
  });
  return server;
}
