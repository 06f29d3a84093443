/** Computes HMAC-SHA-256 with node:crypto. */
import { createHmac, createSecretKey } from "node:crypto";

export function createHmacKey(key: Uint8Array): (text: string) => Buffer {
  const secret = createSecretKey(key);
  return (text) => createHmac("sha256", secret).update(text).digest();
}
