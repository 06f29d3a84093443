/** Handles stop signals: announces the stop, waits, then stops. */
import type { Logger } from "../core/telemetry.ts";

/** Duplicate signals within this time are ignored: npm and systemd repeat signals to the process group. */
const duplicateSignalMs = 1_000;

export interface Stop {
  /** Announces the stop, serves for the lame-duck time, then stops. A second signal skips the wait. */
  readonly signal: () => void;
  /** Stops immediately. */
  readonly now: () => void;
}

interface Stopping {
  /** 0 stops immediately. */
  readonly lameDuckMs: number;
  readonly announce: () => void;
  readonly stopAll: () => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

/** Lame duck: load balancers keep sending requests until some health checks have failed, so the port stays open until then. */
export function createStopHandler({ lameDuckMs, announce, stopAll, log, now }: Stopping): Stop {
  let announcedAt: number | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let isStopping = false;
  const stopNow = () => {
    clearTimeout(waiting);
    if (isStopping) return;
    isStopping = true;
    stopAll().catch((error: unknown) => log.error({ err: error }, "could not stop gracefully"));
  };
  return {
    now: stopNow,
    signal: () => {
      if (announcedAt !== undefined) {
        if (now() >= announcedAt + duplicateSignalMs) stopNow();
        return;
      }
      announcedAt = now();
      announce();
      if (lameDuckMs === 0) return stopNow();
      waiting = setTimeout(stopNow, lameDuckMs);
    },
  };
}
