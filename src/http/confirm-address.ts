/** Asks a person to confirm an address: a letter with a link, and with digits that are good in the browser that asked. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { verifyEmailToken } from "../core/account/unverified.ts";
import { issueToken } from "../core/one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../core/services.ts";
import { emailKey } from "../core/users/users.ts";
import type { Context } from "./context.ts";
import { linkTo, type Recipient, sendEmail } from "./letters.ts";
import { dropCookie, readCookie, writeCookie } from "./request/cookies.ts";

/** What this browser may ask for: kept encrypted in a cookie, for it holds an address. */
export interface PendingVerification {
  readonly secret: string;
  /** As it was typed. */
  readonly email: string;
  /** The account that was made or opened here, and no other that has the same address by now; nobody's where there is none. */
  readonly userId: string;
  /** Whether a letter was asked for; else somebody only tried to log in with the address. */
  readonly isAsked: boolean;
}

const askingShape = z.object({ secret: z.string(), email: z.string(), userId: z.string(), isAsked: z.boolean() });
const keptForSeconds = 24 * 3_600;
const mostAsked = 2;
const cookieBinding = { to: ["cookie"] };

/** Notes in this browser that it asks to confirm an address: an account's, or without `userId` one that it may be told nothing of. */
export function startVerification(
  c: Context,
  { email, userId = c.get("s").newId() }: { email: string; userId?: string | undefined },
): PendingVerification {
  // Of the same account: then the digits in its last letter stay good here.
  const secret = readPendingVerifications(c).find((known) => known.userId === userId)?.secret ?? newSecret();
  return keep(c, { secret, email, userId, isAsked: true });
}

/** The same after a login that failed, which asks for nothing yet. What this browser asked for before still counts. */
export function offerVerification(c: Context, { email, userId }: { email: string; userId: string | undefined }): void {
  const known = readPendingVerifications(c).find((each) => emailKey(each.email) === emailKey(email));
  const isKnown = known !== undefined && (userId === undefined || userId === known.userId);
  keep(c, isKnown ? known : { secret: newSecret(), email, userId: userId ?? c.get("s").newId(), isAsked: false });
}

/** Puts it first. Of mistyped addresses the last is kept, so that none of them drives out what was asked for. */
function keep(c: Context, asking: PendingVerification): PendingVerification {
  const others = readPendingVerifications(c).filter(
    ({ userId, email }) => userId !== asking.userId && emailKey(email) !== emailKey(asking.email),
  );
  const all = [asking, ...others];
  const kept = [...all.filter(({ isAsked }) => !isAsked).slice(0, 1), ...all.filter(({ isAsked }) => isAsked).slice(0, mostAsked)];
  writeCookie(c, "browser", c.get("s").keyring.encrypt("browser", JSON.stringify(kept), cookieBinding), keptForSeconds);
  return asking;
}

/** The newest first. */
export function readPendingVerifications(c: Context): readonly PendingVerification[] {
  const cookie = readCookie(c, "browser");
  const text = cookie && c.get("s").keyring.tryDecrypt("browser", cookie, cookieBinding);
  return (text && z.array(askingShape).safeParse(JSON.parse(text)).data) || [];
}

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function endVerification(c: Context): void {
  dropCookie(c, "browser");
}

/**
 * Posts the letter, in the transaction of what it belongs to. An older letter's link and digits are dead from then on. For nobody,
 * it writes as much and sends nothing (ASVS 6.3.8).
 */
export async function sendVerificationEmail(tx: Transaction, user: Recipient | undefined, { secret }: PendingVerification): Promise<void> {
  if (!tx.catalog.tokens.includes(verifyEmailToken)) return;
  const email = user?.email ?? "";
  const { token, code } = await issueToken(tx, { purpose: verifyEmailToken, userId: user?.id ?? "", email, browser: secret });
  // Without a name: until the mailbox is proved it may be a stranger's, and the name an advertisement.
  const to = { id: user?.id ?? null, username: "", display_name: null, email };
  const who = `Somebody, we hope you, gave this address at ${tx.settings.siteName}. To confirm that it is yours,`;
  const url = linkTo(tx, verifyEmailToken, token);
  const ifNot = "If it was not you, do nothing: without you, nothing comes of it.";
  await sendEmail(tx, to, {
    kind: "verify-email",
    subject: `Confirm your e-mail address for ${tx.settings.siteName}`,
    paragraphs: [`${who} type these six digits on the page that is still open:`],
    code,
    action: { text: "Or confirm here", url },
    after: [`The digits are good for 10 minutes, and the link for 24 hours. ${ifNot}`],
    late: {
      paragraphs: [`${who} open this link. The letter comes late, so it holds no digits.`],
      action: { text: "Confirm here", url },
      after: [`The link is good for 24 hours from when you asked. ${ifNot}`],
    },
  });
}
