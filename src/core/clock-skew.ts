/** Detects timestamps written by a wrong clock: they lie in the future. */
import type { Services } from "./services.ts";

/** Tolerated clock difference between machines. */
export const clockSlackMs = 60_000;

/** Whether a past event is dated in the future, beyond clock skew. */
export function isAhead({ now }: Pick<Services, "now">, at: number): boolean {
  return at > now() + clockSlackMs;
}
