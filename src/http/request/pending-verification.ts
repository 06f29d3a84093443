/** Stores pending email verifications of a browser in an encrypted cookie. A bearer client needs none. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { emailKey } from "../../core/mail/email-key.ts";
import { isLostEmail } from "../../core/mail/lost-email.ts";
import type { Context } from "../context.ts";
import { bearerSecret } from "./bearer-secret.ts";
import { expireCookie, readCookie, writeCookie } from "./cookies.ts";

/** Stored encrypted, because it contains an email (ASVS 14.3.3). */
export interface PendingVerification {
  /** Binds the code in the email to this browser. */
  readonly secret: string;
  /** As typed; the username if that was typed at login. */
  readonly email: string;
  /** The account that this browser signed up for; an unused ID if there is none. */
  readonly userId: string;
  /** Whether an email was requested; false after a failed login. */
  readonly isRequested: boolean;
  /** Page of this app that the link of the email leads back to. */
  readonly next?: string | undefined;
}

const cookieShape = z.object({
  secret: z.string(),
  email: z.string(),
  userId: z.string(),
  isRequested: z.boolean(),
  next: z.string().optional(),
});
const cookieBinding = { to: ["cookie"] };
const maxAgeSeconds = 24 * 3_600;
const maxRequested = 2;

/** Records a requested verification. Account enumeration: without `userId` the cookie looks the same. */
export function startVerification(
  c: Context,
  { email, userId = c.get("s").newId(), next }: { email: string; userId?: string | undefined; next?: string | undefined },
): PendingVerification {
  const own = bearerVerification(c);
  if (own?.userId === userId) return own;
  // Reuses the secret of the same account, so that the code in the previous email stays valid.
  const secret = readPendingVerifications(c).find((known) => known.userId === userId)?.secret ?? newSecret();
  return keep(c, { secret, email, userId, isRequested: true, next });
}

/** The verification of a bearer client's own email; undefined for browsers, and if there is nothing to verify. */
export function bearerVerification(c: Context): PendingVerification | undefined {
  const [secret, user] = [bearerSecret(c, "verify-email"), c.get("visitor")?.user];
  if (secret === undefined || !user || user.emailVerifiedAt !== null || isLostEmail(user.email)) return undefined;
  return { secret, email: user.email, userId: user.id, isRequested: true };
}

/** Lets the page with the code that was shown last decide where the link leads back to. */
export function leadBackTo(c: Context, pending: PendingVerification, next: string | undefined): void {
  if (pending.next !== next) keep(c, { ...pending, next });
}

/** Records the email of a failed login without sending anything. An earlier request of this browser stays valid. */
export function offerVerification(c: Context, { email, userId }: { email: string; userId: string | undefined }): void {
  const known = readPendingVerifications(c).find((each) => emailKey(each.email) === emailKey(email));
  const isKnown = known !== undefined && (userId === undefined || userId === known.userId);
  keep(c, isKnown ? known : { secret: newSecret(), email, userId: userId ?? c.get("s").newId(), isRequested: false });
}

/** Stores the newest first. Keeps one email of failed logins, so that typing mistakes do not displace requested verifications. */
function keep(c: Context, pending: PendingVerification): PendingVerification {
  const others = readPendingVerifications(c).filter(
    ({ userId, email }) => userId !== pending.userId && emailKey(email) !== emailKey(pending.email),
  );
  const all = [pending, ...others];
  const kept = [
    ...all.filter(({ isRequested }) => !isRequested).slice(0, 1),
    ...all.filter(({ isRequested }) => isRequested).slice(0, maxRequested),
  ];
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
  expireCookie(c, "verification");
}
