/** Tells whether this site offers logging in by email. */
import { canSendEmail } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";

/** Name of the way in. */
export const emailWayIn = "email";

export function isOffered(s: Services): boolean {
  return s.settings.emailLogin === "on" && canSendEmail(s);
}
