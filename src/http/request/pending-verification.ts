/** Keeps in a cookie which emails this browser asked to verify. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { emailKey } from "../../core/mail/email-key.ts";
import type { Context } from "../context.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";

/** Encrypted in the cookie, since it holds an email. */
export interface PendingVerification {
  /** Binds the code in the email to this browser. */
  readonly secret: string;
  /** As it was typed. */
  readonly email: string;
  /** The account that this browser signed up for, and no other that holds the email since; an unused id where there is none. */
  readonly userId: string;
  /** Whether an email was asked for; false after a login that failed. */
  readonly isAsked: boolean;
}

const cookieShape = z.object({ secret: z.string(), email: z.string(), userId: z.string(), isAsked: z.boolean() });
const cookieBinding = { to: ["cookie"] };
const maxAgeSeconds = 24 * 3_600;
const maxAsked = 2;

/** Records that this browser asks to verify an email: an account's, or without `userId` one whose account it must not learn of. */
export function startVerification(
  c: Context,
  { email, userId = c.get("s").newId() }: { email: string; userId?: string | undefined },
): PendingVerification {
  // The secret of the same account is reused, so that the code in its last email stays valid here.
  const secret = readPendingVerifications(c).find((known) => known.userId === userId)?.secret ?? newSecret();
  return keep(c, { secret, email, userId, isAsked: true });
}

/** Records the email of a failed login, for which nothing was sent. An earlier request of this browser stays valid. */
export function offerVerification(c: Context, { email, userId }: { email: string; userId: string | undefined }): void {
  const known = readPendingVerifications(c).find((each) => emailKey(each.email) === emailKey(email));
  const isKnown = known !== undefined && (userId === undefined || userId === known.userId);
  keep(c, isKnown ? known : { secret: newSecret(), email, userId: userId ?? c.get("s").newId(), isAsked: false });
}

/** Puts it first. Of emails that were only logged in with, one is kept, so that typing mistakes never displace what was asked for. */
function keep(c: Context, pending: PendingVerification): PendingVerification {
  const others = readPendingVerifications(c).filter(
    ({ userId, email }) => userId !== pending.userId && emailKey(email) !== emailKey(pending.email),
  );
  const all = [pending, ...others];
  const kept = [...all.filter(({ isAsked }) => !isAsked).slice(0, 1), ...all.filter(({ isAsked }) => isAsked).slice(0, maxAsked)];
  writeCookie(c, "verification", c.get("s").keyring.encrypt("verification", JSON.stringify(kept), cookieBinding), maxAgeSeconds);
  return pending;
}

/** Newest first. */
export function readPendingVerifications(c: Context): readonly PendingVerification[] {
  const cookie = readCookie(c, "verification");
  const text = cookie && c.get("s").keyring.tryDecrypt("verification", cookie, cookieBinding);
  return (text && z.array(cookieShape).safeParse(JSON.parse(text)).data) || [];
}

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function endVerification(c: Context): void {
  dropCookie(c, "verification");
}
