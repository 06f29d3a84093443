/** Declares the purposes of the links and codes of logging in by email. */
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";

/** Opens the page of the link. Its rows are in `email_logins`: an unknown email has no account that a one-time token could belong to. */
export const loginLink: TokenPurpose = {
  name: "email-login",
  lifetimeMs: 10 * 60_000,
  landingPath: "/login/code/link",
  manyAtOnce: true,
};

/** Confirms that a user without a password is still the one who logged in. */
export const confirmToken: TokenPurpose = {
  name: "confirm-by-email",
  lifetimeMs: 10 * 60_000,
  // Denial of service: a stolen session does not end the code of the owner's.
  onePerBrowser: true,
  revokedBy: ["password-change", "email-change", "sessions-end"],
};

/** Field of the code that confirms. */
export const confirmField = "email_code";
