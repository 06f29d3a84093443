/** Names the purposes of derived keys. */
import type { Keyring } from "../platform/crypto/keyring.ts";

export type Purpose =
  | "csrf"
  | "flash"
  | "device"
  | "budget"
  | "code"
  | "email"
  | "link"
  | "verification"
  | "login-by-email"
  | "typed-login"
  | "signing-key"
  | "audit"
  | "form"
  | "username"
  | "totp"
  | "recovery-code"
  | "removed-factor"
  | "passkey-challenge"
  | "trusted-browser"
  | "provider";

export type AppKeyring = Keyring<Purpose>;

/** Salts every derived key (HKDF): changing it makes all known devices unknown and all encrypted data unreadable. */
export const keyringName = "latchkey";
