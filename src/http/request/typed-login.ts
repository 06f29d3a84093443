/** Remembers what a user typed for the next login form, in an encrypted cookie. */
import { z } from "zod";
import { clockSlackMs } from "../../core/clock-skew.ts";
import type { Context } from "../context.ts";
import { expireCookie, readCookie, writeCookie } from "./cookies.ts";

/** Stored encrypted, because it contains an email (ASVS 14.3.3). */
export interface TypedLogin {
  /** As typed. */
  readonly email: string;
  readonly username?: string | undefined;
  /** The page that asked for the login, for a link in an email, which carries none. Unvalidated. */
  readonly next?: string | undefined;
}

const cookieShape = z.object({ email: z.string(), username: z.string().optional(), next: z.string().optional(), expiresAt: z.number() });
const cookieBinding = { to: ["cookie"] };
/** Shared computers: short, because the next login form shows it. */
const maxAgeSeconds = 600;
/** A longer page would make the cookie too large for browsers. */
const maxNext = 512;

/** Account enumeration: call it before the outcome is known, so that the cookie reveals no account (ASVS 6.3.8). */
export function rememberTypedLogin(c: Context, { email, username, next }: TypedLogin): void {
  const s = c.get("s");
  const kept = next !== undefined && next.length <= maxNext ? next : undefined;
  const text = JSON.stringify({ email, username, next: kept, expiresAt: s.now() + maxAgeSeconds * 1_000 });
  writeCookie(c, "typed", s.keyring.encrypt("typed-login", text, cookieBinding), maxAgeSeconds);
}

/** Undefined without the cookie, after ten minutes, and for a cookie of another origin. */
export function readTypedLogin(c: Context): TypedLogin | undefined {
  const cookie = readCookie(c, "typed");
  const s = c.get("s");
  const text = cookie && s.keyring.tryDecrypt("typed-login", cookie, cookieBinding);
  const typed = text ? cookieShape.safeParse(JSON.parse(text)).data : undefined;
  if (typed === undefined) return undefined;
  // Copied cookie: the server enforces the lifetime too. An end too far ahead comes from a wrong clock.
  const leftMs = typed.expiresAt - s.now();
  return leftMs > 0 && leftMs <= maxAgeSeconds * 1_000 + clockSlackMs ? typed : undefined;
}

/** Reads it and deletes the cookie. */
export function takeTypedLogin(c: Context): TypedLogin | undefined {
  const typed = readTypedLogin(c);
  forgetTypedLogin(c);
  return typed;
}

export function forgetTypedLogin(c: Context): void {
  if (readCookie(c, "typed") !== undefined) expireCookie(c, "typed");
}
