/** Settings of logs and metrics. */
import { z } from "zod";
import { wholeNumber } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const observability = {
  logLevel: {
    env: "LOG_LEVEL",
    default: "info",
    schema: z.enum(["silent", "error", "warn", "info", "debug"]),
    format: "silent, error, warn, info or debug",
    description: "Log level.",
  },
  metricsPort: {
    env: "METRICS_PORT",
    default: undefined,
    schema: wholeNumber(1, 65_535),
    format: "a whole number from 1 to 65535",
    description:
      "Separate port for Prometheus metrics at `/metrics` (docs/operations.md). If neither it nor `METRICS_TOKEN` is set, metrics are off.",
  },
  metricsHost: {
    env: "METRICS_HOST",
    default: "127.0.0.1",
    schema: z.string().min(1),
    format: "an IP address or host name of this machine",
    description: "IP address to listen on with `METRICS_PORT`.",
  },
  metricsToken: {
    env: "METRICS_TOKEN",
    default: undefined,
    schema: z.string().regex(/^[!-~]{32,512}$/),
    format: "at least 32 printable ASCII characters, without spaces",
    description: "Metrics require this bearer token. Without `METRICS_PORT`, `/metrics` is on the main port.",
    secret: true,
  },
} satisfies Section;
