/** Names what keys of the ring are for, one key for each. */
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
  | "signing-key"
  | "audit"
  | "form"
  | "username";

export type AppKeyring = Keyring<Purpose>;

/** Salts every derived key (HKDF): changing it would log all known devices out and lose everything encrypted. */
export const keyringName = "latchkey";
