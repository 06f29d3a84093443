/** Opens metrics and traces if configured; loads nothing otherwise. */

import { isTraced, type Settings } from "../config/load.ts";
import type { Telemetry } from "../core/telemetry.ts";
import type { OpenedObservability } from "./opened-observability.ts";

/** Undefined if metrics and traces are off. `listen` throws if the metrics port cannot be opened. */
export async function openObservability(settings: Settings, droppedLines: () => number): Promise<OpenedObservability | undefined> {
  const isMeasured = settings.metricsPort !== undefined || settings.metricsToken !== undefined;
  const opened = [
    ...(isMeasured ? [(await import("./metrics.ts")).openMetrics(settings, droppedLines)] : []),
    ...(isTraced(settings) ? [(await import("./traces.ts")).openTraces(settings)] : []),
  ];
  const [first, second] = opened;
  if (!first || !second) return first;
  return {
    telemetry: both(first.telemetry, second.telemetry),
    attach: first.attach,
    listen: first.listen,
    close: async () => {
      await first.close();
      await second.close();
    },
  };
}

function both(outer: Telemetry, inner: Telemetry): Telemetry {
  return {
    request: (about, answer) => outer.request(about, () => inner.request(about, answer)),
    around: (step, work) => outer.around(step, () => inner.around(step, work)),
    limited: (name) => {
      outer.limited(name);
      inner.limited(name);
    },
    queueFull: () => {
      outer.queueFull();
      inner.queueFull();
    },
    happened: (event) => {
      outer.happened(event);
      inner.happened(event);
    },
    queried: (sql, tookMs, failed) => {
      outer.queried(sql, tookMs, failed);
      inner.queried(sql, tookMs, failed);
    },
    report: outer.report,
  };
}
