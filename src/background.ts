/** What goes on between requests: letters go out. Every process does it; the database sees to it that none does it twice. */
import { sendDueLetters } from "./core/outbox.ts";
import type { Services } from "./core/services.ts";

export interface Background {
  /** Begins no further round, and resolves when the one under way is done. */
  readonly stop: () => Promise<void>;
}

const lettersEveryMs = 1_000;

export function startBackground(s: Services): Background {
  const rounds = [...(s.mailer ? [repeat(s, "letters", lettersEveryMs, () => sendDueLetters(s))] : [])];
  return {
    stop: async () => {
      await Promise.all(rounds.map((stop) => stop()));
    },
  };
}

/** Runs `work` again and again, never twice at once. A round that fails is logged, and the next one comes all the same. */
function repeat(s: Services, name: string, everyMs: number, work: () => Promise<unknown>): () => Promise<void> {
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
