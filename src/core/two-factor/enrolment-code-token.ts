/** Declares the code by email that proves an inbox before a required factor is created. */
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";

export const enrolmentCodeToken: TokenPurpose = {
  name: "enrolment-code",
  lifetimeMs: 10 * 60_000,
  // Denial of service: a thief with the password, in another browser, does not end the code of the owner.
  onePerBrowser: true,
  revokedBy: ["password-change", "email-change", "sessions-end"],
};
