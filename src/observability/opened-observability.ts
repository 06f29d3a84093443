/** Defines the interface of opened metrics and traces. */
import type { Services } from "../core/services.ts";
import type { Telemetry } from "../core/telemetry.ts";

export interface OpenedObservability {
  readonly telemetry: Telemetry;
  /** Starts reporting database gauges. */
  readonly attach: (s: Services) => void;
  /** Serves `/metrics` on its own port if configured, in one process only. */
  readonly listen: () => Promise<void>;
  /** Exports pending spans and closes. */
  readonly close: () => Promise<void>;
}
