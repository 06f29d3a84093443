/** Keeps each way to a provider in an encrypted cookie of its own. */
import { z } from "zod";
import { clockSlackMs } from "../../../core/clock-skew.ts";
import { type Attempt, attemptLifetimeMs } from "../../../core/providers/provider.ts";
import type { Context } from "../../../http/context.ts";
import { type CookieName, cookieNamesIn, expireCookie, readCookie, writeCookie } from "../../../http/request/cookies.ts";

/** What a login is for. */
type Purpose = "login" | "link" | "reauthenticate";

export interface KeptAttempt extends Attempt {
  readonly purpose: Purpose;
  /** Unvalidated URL to return to. */
  readonly next?: string | undefined;
  readonly remember: boolean;
  /** The logged-in user who links or confirms. */
  readonly userId?: string | undefined;
  /** The app that gets the login, and what its code is bound to. */
  readonly app?: { readonly callback: string; readonly challenge: string } | undefined;
}

const shape = z.object({
  provider: z.string(),
  issuer: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  createdAt: z.number(),
  purpose: z.enum(["login", "link", "reauthenticate"]),
  next: z.string().optional(),
  remember: z.boolean(),
  userId: z.string().optional(),
  app: z.object({ callback: z.string(), challenge: z.string() }).optional(),
});

/** Tabs that can be under way at once. */
const maxAttempts = 5;

/** Header size: five cookies must fit into 8 kB with the others. */
const maxBytes = 1_200;

export function keepAttempt(c: Context, attempt: KeptAttempt): void {
  const name = cookieOf(attempt.state);
  if (!name) throw new Error("The state of a login with a provider must be at least 8 characters of base64url.");
  for (const each of oldestBeyond(c, maxAttempts - 1)) expireCookie(c, each);
  const sealed = (kept: object) => c.get("s").keyring.encrypt("provider", JSON.stringify(kept), bindingOf(name));
  const { next: _, ...rest } = attempt;
  const whole = sealed(attempt);
  writeCookie(c, name, whole.length > maxBytes ? sealed(rest) : whole, attemptLifetimeMs / 1_000);
}

/** Reads the attempt of a state, and deletes its cookie: it is good for one way back. */
export function takeAttempt(c: Context, state: string | null): KeptAttempt | undefined {
  const name = cookieOf(state ?? "");
  const attempt = name && read(c, name);
  if (name && readCookie(c, name) !== undefined) expireCookie(c, name);
  // Login CSRF: the whole state must match, and not only the part in the name (RFC 6749, 10.12).
  return attempt?.state === state ? attempt : undefined;
}

function read(c: Context, name: CookieName): KeptAttempt | undefined {
  const s = c.get("s");
  const sealed = readCookie(c, name);
  const text = sealed && s.keyring.tryDecrypt("provider", sealed, bindingOf(name));
  const attempt = text ? shape.safeParse(JSON.parse(text)).data : undefined;
  if (!attempt) return undefined;
  // Copied cookie: the server enforces the lifetime too.
  const isFresh = attempt.createdAt + attemptLifetimeMs > s.now() && attempt.createdAt <= s.now() + clockSlackMs;
  return isFresh ? (attempt as KeptAttempt) : undefined;
}

/** Cookies beyond the newest, and those that are not valid. */
function oldestBeyond(c: Context, keep: number): CookieName[] {
  const all = cookieNamesIn(c, "oauth_").map((name) => ({ name, at: read(c, name)?.createdAt ?? 0 }));
  return all
    .sort((a, b) => b.at - a.at)
    .filter(({ at }, i) => at === 0 || i >= keep)
    .map(({ name }) => name);
}

function cookieOf(state: string): CookieName | undefined {
  return /^[\w-]{8,200}$/.test(state) ? `oauth_${state.slice(0, 8)}` : undefined;
}

function bindingOf(name: string) {
  return { to: ["cookie", name] };
}
