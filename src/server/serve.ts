/** The HTTP server of the program: its limits, and what it does when a connection cannot be taken. */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Services } from "../core/services.ts";
import type { LatchkeyApp } from "../http/pipeline.ts";
import { batchResponses } from "./batch-responses.ts";

/** The same trouble is logged once in this time: while no descriptor is free, it comes with each connection. */
const logEveryMs = 10_000;

export function createHttpServer(s: Services, app: Pick<LatchkeyApp, "fetch">): Server {
  const { baseUrl, keepAliveMs } = s.settings;
  const server = createAdaptorServer({
    fetch: batchResponses(app.fetch),
    // HTTP/1.0 knows no Host header, and health checks of load balancers still speak it.
    hostname: new URL(baseUrl).host,
    // A sender who dawdles is let go, so that a thousand of them take no one's place.
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: keepAliveMs },
  }) as Server;
  let loggedAt = Number.NEGATIVE_INFINITY;
  // Descriptors used up (EMFILE) or a client that is gone already: an error that nobody listens to would end the program.
  server.on("error", (error) => {
    if (!server.listening || s.now() < loggedAt + logEveryMs) return;
    loggedAt = s.now();
    s.log.error({ code: (error as NodeJS.ErrnoException).code }, "connections cannot be taken at this moment");
  });
  return server;
}
