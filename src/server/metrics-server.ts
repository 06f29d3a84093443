/** Serves `/metrics` on a separate port. */
import { createServer } from "node:http";
import type { Settings } from "../config/load.ts";
import type { Telemetry } from "../core/telemetry.ts";
import { bearerMatches } from "../platform/crypto/bearer.ts";
import { listenError } from "./listen-error.ts";

/** Throws a `SettingsError` if the port cannot be opened. */
export async function serveMetrics(
  settings: Settings,
  port: number,
  report: NonNullable<Telemetry["report"]>,
): Promise<{ close: () => Promise<void> }> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers }).end(text);
    if (request.url?.split("?", 1)[0] !== "/metrics") return answer(404, "Not found. Metrics are at /metrics.\n");
    if (request.method !== "GET" && request.method !== "HEAD") return answer(405, "Method not allowed. Use GET.\n", { allow: "GET, HEAD" });
    const token = settings.metricsToken;
    if (token !== undefined && !bearerMatches(token, request.headers.authorization))
      return answer(401, "Metrics require a bearer token.\n", { "www-authenticate": "Bearer" });
    try {
      const { type, text } = await report();
      return answer(200, text, { "content-type": type });
    } catch {
      return answer(503, "The workers did not respond in time.\n", { "retry-after": "5" });
    }
  });
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, "METRICS_PORT", settings)));
    server.listen(port, settings.metricsHost, resolve);
  });
  // An unhandled `error` event, such as EMFILE, would end the process.
  server.on("error", () => {});
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
