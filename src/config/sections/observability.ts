/** Settings for those who watch the program; they stand in the table with all others. */
import { z } from "zod";
import { wholeNumber } from "../parsers.ts";
import { row } from "../setting.ts";

export const watchingSettings = {
  metricsPort: row(
    "METRICS_PORT",
    undefined,
    wholeNumber(1, 65_535),
    "a whole number from 1 to 65535",
    "A port of its own for `/metrics`, for Prometheus (docs/operations.md). Without it and `METRICS_TOKEN`, nothing is measured.",
  ),
  metricsHost: row(
    "METRICS_HOST",
    "127.0.0.1",
    z.string().min(1),
    "an address of this machine",
    "The address to listen on for `/metrics`, with `METRICS_PORT`.",
  ),
  metricsToken: row(
    "METRICS_TOKEN",
    undefined,
    z.string().regex(/^[!-~]{32,512}$/),
    "a word of at least 32 characters",
    "What Prometheus must bring in `Authorization: Bearer …`. Without `METRICS_PORT`, `/metrics` stands on the port of the pages.",
    "secret",
  ),
};
