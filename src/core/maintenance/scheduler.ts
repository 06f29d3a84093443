/** Runs jobs in the background: emails, audit seals, cleanup. */
import { randomInt } from "node:crypto";
import { sealRecords } from "../audit/chain/seal.ts";
import { sendDueEmails } from "../mail/outbox.ts";
import type { Services } from "../services.ts";
import { cleanupExpired } from "./cleanup.ts";
import { forgetPolicy } from "./forget-policy.ts";

export interface Background {
  /** Starts no further run, and resolves when running jobs have ended. */
  readonly stop: () => Promise<void>;
}

const emailsEveryMs = 1_000;
/** Audit tampering: an unsealed record can be changed unnoticed. */
const sealEveryMs = 5_000;
const cleanupEveryMs = 60_000;

export function startBackground(s: Services): Background {
  const stopping = new AbortController();
  const storing = syncPolicy(s).catch((error: unknown) => s.log.error({ err: error }, "could not store the start of the policy"));
  // Jitter: processes that start together do not clean up at the same moment.
  const everyMs = cleanupEveryMs + randomInt(cleanupEveryMs / 4);
  const cleaning = every(s, { name: "cleanup", everyMs, work: () => cleanupExpired(s, stopping.signal) });
  const sealing = every(s, { name: "seal", everyMs: sealEveryMs, work: () => sealRecords(s, stopping.signal) });
  const jobs = s.mailer
    ? [cleaning, sealing, every(s, { name: "emails", everyMs: emailsEveryMs, work: () => sendDueEmails(s, stopping.signal) })]
    : [cleaning, sealing];
  return {
    stop: async () => {
      stopping.abort();
      await storing;
      await Promise.all(jobs.map((stop) => stop()));
    },
  };
}

/** A failure is made up for by the first request that needs the start of the policy. */
async function syncPolicy(s: Services): Promise<void> {
  if (s.settings.twoFactor.length === 0) return forgetPolicy(s);
  const { storePolicyStart } = await import("../two-factor/policy.ts");
  return storePolicyStart(s);
}

interface ScheduledJob {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
}

/** Runs `work` at an interval, never twice at once. A failure is logged, and does not stop later runs. */
function every(s: Services, { name, everyMs, work }: ScheduledJob): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch((error: unknown) => s.log.error({ err: error, job: name }, "a background job failed"))
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
