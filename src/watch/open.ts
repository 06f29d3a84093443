/** Opens what watches the program, if anything is set to; nothing of it is loaded otherwise. */
import type { Services } from "../core/services.ts";
import type { Watch } from "../core/watch.ts";
import { isTraced, type Settings } from "../settings.ts";

export interface OpenWatch {
  readonly watch: Watch;
  /** From here on the numbers that stand in the database can be asked for. */
  readonly attach: (s: Services) => void;
  /** Serves `/metrics` on a port of its own, where that is set and this process is the one to do it. */
  readonly listen: () => Promise<void>;
  /** Hands out what was seen last, and ends. */
  readonly close: () => Promise<void>;
}

/** Undefined where nothing watches. Throws where the port for the metrics cannot be listened on, when told to listen. */
export async function openWatch(settings: Settings, droppedLines: () => number): Promise<OpenWatch | undefined> {
  const isMeasured = settings.metricsPort !== undefined || settings.metricsToken !== undefined;
  const opened = [
    ...(isMeasured ? [(await import("./metrics.ts")).openMetrics(settings, droppedLines)] : []),
    ...(isTraced(settings) ? [(await import("./traces.ts")).openTraces(settings)] : []),
  ];
  const [first, second] = opened;
  if (!first || !second) return first;
  return {
    watch: both(first.watch, second.watch),
    attach: first.attach,
    listen: first.listen,
    close: async () => {
      await first.close();
      await second.close();
    },
  };
}

function both(outer: Watch, inner: Watch): Watch {
  return {
    request: (about, answer) => outer.request(about, () => inner.request(about, answer)),
    around: (step, work) => outer.around(step, () => inner.around(step, work)),
    limited: (name) => {
      outer.limited(name);
      inner.limited(name);
    },
    overfull: () => {
      outer.overfull();
      inner.overfull();
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
