/** What observes the program, once it is open. */

import type { Services } from "../core/services.ts";
import type { Telemetry } from "../core/telemetry.ts";

export interface OpenedObservability {
  readonly telemetry: Telemetry;
  /** From here on the numbers that stand in the database can be asked for. */
  readonly attach: (s: Services) => void;
  /** Serves `/metrics` on a port of its own, where that is set and this process is the one to do it. */
  readonly listen: () => Promise<void>;
  /** Hands out what was seen last, and ends. */
  readonly close: () => Promise<void>;
}
