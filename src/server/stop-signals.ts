/** Stops the program on a signal: first it says that it will, then it does. */
import type { Logger } from "../core/telemetry.ts";

/** npm and systemd pass on a signal that the program has had already: what follows within this time is the same signal. */
const sameSignalMs = 1_000;

export interface Stop {
  /** For signals: announces the stop, goes on serving for the lame-duck time, then stops. A second signal ends that time. */
  readonly signal: () => void;
  /** Stops at once. */
  readonly now: () => void;
}

interface Stopping {
  /** 0: stops at once. */
  readonly lameDuckMs: number;
  readonly announce: () => void;
  readonly stopAll: () => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

/** Balancers need a failed health check or two before they send requests elsewhere; until then the port must answer (lame duck). */
export function stopInOrder({ lameDuckMs, announce, stopAll, log, now }: Stopping): Stop {
  let announcedAt: number | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let isStopping = false;
  const stopNow = () => {
    clearTimeout(waiting);
    if (isStopping) return;
    isStopping = true;
    stopAll().catch((error: unknown) => log.error({ err: error }, "could not stop in good order"));
  };
  return {
    now: stopNow,
    signal: () => {
      if (announcedAt !== undefined) {
        if (now() >= announcedAt + sameSignalMs) stopNow();
        return;
      }
      announcedAt = now();
      announce();
      if (lameDuckMs === 0) return stopNow();
      waiting = setTimeout(stopNow, lameDuckMs);
    },
  };
}
