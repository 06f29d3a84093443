/** Signs cookies as the Flask application of the recorded fixtures does. */
import { createHmac } from "node:crypto";

/** What `record.py` gives it. */
export const secret = "the secret key of the old application";

/** When the application signed a session, in milliseconds since 1970. */
export const signedAt = (cookie: string) => Buffer.from(cookie.split(".").at(-2) ?? "", "base64url").readUInt32BE() * 1_000;

/** Signs as Flask does. */
export function flaskSession(
  payload: string,
  at: number,
  key: string | Buffer = secret,
  wrap = (text: string) => Buffer.from(text).toString("base64url"),
) {
  const stamp = Buffer.alloc(4);
  stamp.writeUInt32BE(Math.floor(at / 1_000));
  const signed = `${wrap(payload)}.${stamp.toString("base64url")}`;
  const salted = createHmac("sha1", key).update("cookie-session").digest();
  return `${signed}.${createHmac("sha1", salted).update(signed).digest("base64url")}`;
}

/** Signs as Flask-Login does. */
export function flaskRemember(id: string, key: string | Buffer = secret): string {
  return `${id}|${createHmac("sha512", key).update(id).digest("hex")}`;
}
