/** Remembers a requested login in an encrypted cookie of the requesting browser. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Context } from "../../../http/context.ts";
import { expireCookie, readCookie, writeCookie } from "../../../http/request/cookies.ts";
import { isJson } from "../../../http/request/csrf.ts";
import { wantsJson } from "../../../http/response/respond.ts";

/** Stored encrypted, because it contains an email (ASVS 14.3.3). */
export interface PendingCode {
  /** Binds the code and the link to this browser. */
  readonly secret: string;
  /** The email or username, as typed. */
  readonly name: string;
  readonly remember: boolean;
  readonly next?: string | undefined;
}

const shape = z.object({
  secret: z.string(),
  name: z.string(),
  remember: z.boolean(),
  next: z.string().optional(),
  expiresAt: z.number(),
});
const binding = { to: ["cookie"] };
/** As long as a new user has to choose a username. */
const maxAgeSeconds = 30 * 60;

/** Stores it in a cookie; returns the text that a JSON client sends back as `pending`. */
export function keepPendingCode(c: Context, pending: PendingCode): string {
  const s = c.get("s");
  const text = JSON.stringify({ ...pending, expiresAt: s.now() + maxAgeSeconds * 1_000 });
  const sealed = s.keyring.encrypt("login-by-email", text, binding);
  if (!wantsJson(c)) writeCookie(c, "email-code", sealed, maxAgeSeconds);
  return sealed;
}

export function readPendingCode(c: Context): PendingCode | undefined {
  const s = c.get("s");
  const sent = isJson(c) ? c.get("body")?.["pending"] : undefined;
  const sealed = typeof sent === "string" ? sent : readCookie(c, "email-code");
  const text = sealed && s.keyring.tryDecrypt("login-by-email", sealed, binding);
  const read = text ? shape.safeParse(JSON.parse(text)).data : undefined;
  // Copied cookie: the server enforces the lifetime too.
  return read && read.expiresAt > s.now() ? read : undefined;
}

export function newBrowserSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function forgetPendingCode(c: Context): void {
  if (readCookie(c, "email-code") !== undefined) expireCookie(c, "email-code");
}
