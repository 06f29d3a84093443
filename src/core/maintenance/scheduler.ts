/** What goes on between requests: letters go out, and what is over is swept away. Every process does it; the database sees to it that none does it twice. */
import { randomInt } from "node:crypto";
import { sealRecords } from "../audit/chain/seal.ts";
import { sendDueEmails } from "../mail/outbox.ts";
import type { Services } from "../services.ts";
import { cleanupExpired } from "./cleanup.ts";

export interface Background {
  /** Begins no further round, and resolves when the one under way is done. */
  readonly stop: () => Promise<void>;
}

const lettersEveryMs = 1_000;
/** What is not sealed yet could be changed unnoticed. */
const sealEveryMs = 5_000;
const sweepEveryMs = 60_000;

export function startBackground(s: Services): Background {
  const stopping = new AbortController();
  // Processes that were started together drift apart, so that they do not all sweep at the same moment.
  const everyMs = sweepEveryMs + randomInt(sweepEveryMs / 4);
  const sweeping = repeat(s, { name: "sweep", everyMs, work: () => cleanupExpired(s, stopping.signal) });
  const sealing = repeat(s, { name: "seal", everyMs: sealEveryMs, work: () => sealRecords(s, stopping.signal) });
  const rounds = s.mailer
    ? [sweeping, sealing, repeat(s, { name: "letters", everyMs: lettersEveryMs, work: () => sendDueEmails(s, stopping.signal) })]
    : [sweeping, sealing];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(rounds.map((stop) => stop()));
    },
  };
}

interface ScheduledJob {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
}

/** Runs `work` again and again, never twice at once. A round that fails is logged, and the next one comes all the same. */
function repeat(s: Services, { name, everyMs, work }: ScheduledJob): () => Promise<void> {
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= work()
      .catch((error: unknown) => s.log.error({ err: error, work: name }, "work in the background failed"))
      .finally(() => {
        underWay = undefined;
      });
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
