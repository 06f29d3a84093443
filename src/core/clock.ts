/** Recognises what was written while a clock was wrong: it lies in the future. */
import type { Services } from "./services.ts";

/** Two machines seldom agree on the second. */
export const clockSlackMs = 60_000;

/** Whether an instant of the past lies so far ahead that the clock that wrote it was wrong. */
export function isAhead({ now }: Pick<Services, "now">, at: number): boolean {
  return at > now() + clockSlackMs;
}
