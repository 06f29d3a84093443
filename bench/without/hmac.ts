/** HMAC as node:crypto has it. */
import { createHmac, createSecretKey } from "node:crypto";

export function createHmacKey(key: Uint8Array): (text: string) => Buffer {
  const made = createSecretKey(key);
  return (text) => createHmac("sha256", made).update(text).digest();
}
