/** Declares the code that an app exchanges for a session. */
import type { TokenPurpose } from "../../../core/one-time-tokens/token-purpose.ts";

/** One minute and once (RFC 6749, 4.1.2). */
export const exchangeToken: TokenPurpose = {
  name: "provider-exchange",
  lifetimeMs: 60_000,
  manyAtOnce: true,
  revokedBy: ["password-change", "email-change", "sessions-end"],
};
