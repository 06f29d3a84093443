/** Posts letters on a flow's behalf: their links are built from BASE_URL, and every notice can be answered with "this wasn't me". */
import type { RequestInfo } from "../core/audit/log.ts";
import type { Look } from "../core/customization.ts";
import { canSendLetters, type ExpiringMail, enqueueEmail } from "../core/mail/outbox.ts";
import { code, issueToken, type Token } from "../core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../core/one-time-tokens/token-purpose.ts";
import type { Services, Transaction } from "../core/services.ts";
import { instantInWords } from "../ui/date-time.ts";
import { type LetterLook, type LetterProps, letter, oneLine } from "../ui/message.ts";
import { deviceInWords } from "./device-words.ts";
import { mayNotify } from "./letter-limits.ts";

/** Whom a letter is for. `email` is the exact address that it goes to. */
export interface Recipient {
  readonly id: string;
  readonly username: string;
  readonly display_name: string | null;
  readonly email: string;
  /** When it was proved to be theirs. Until then the mailbox may be a stranger's, and a name an advertisement. */
  readonly email_confirmed_at?: number | null;
}

export interface MailContent extends WordsOfALetter {
  /** What it is about, in a word that a site's own letters go by. */
  readonly kind: string;
  /** What it says instead where it goes out so late that its digits are worth nothing. */
  readonly late?: Pick<LetterProps, "paragraphs" | "action" | "after"> | undefined;
}

type WordsOfALetter = Pick<LetterProps, "subject" | "paragraphs" | "code" | "action" | "after" | "footer">;

/** Posts a letter, in the transaction of what it tells. `id` is null where there is no such account any more. */
export async function sendEmail(
  tx: Transaction,
  to: Omit<Recipient, "id"> & { readonly id: string | null },
  words: MailContent,
): Promise<void> {
  // Where nothing can be sent, nothing piles up.
  if (!canSendLetters(tx)) return;
  const name = to.email_confirmed_at ? (to.display_name ?? to.username) : "";
  const { late, ...now } = words;
  const props = { siteName: tx.settings.siteName, name, ...now };
  const withoutDigits = late && { from: tx.now() + code.livesForMs, ...write(tx, { ...props, ...late, code: undefined }) };
  await enqueueEmail(tx, to.id, { to: to.email, ...write(tx, props), late: withoutDigits }, passing(tx, words.kind));
}

/** A letter whose link is dead by its age, or by a newer one, is not worth sending. Those links are called as the letters are. */
function passing(tx: Transaction, kind: string): ExpiringMail | undefined {
  const purpose = tx.catalog.emails.get(kind)?.expiresWith;
  return purpose && { kind, expiresAt: tx.now() + purpose.lifetimeMs };
}

/** In the site's own words, where it has some for this kind. A line end in its subject would begin a header (ASVS 1.3.11). */
function write({ custom, settings }: Services, props: LetterProps & Omit<MailContent, "late">): ReturnType<typeof letter> {
  const own = custom.letters[props.kind]?.(props);
  return own
    ? { subject: oneLine(own.subject), text: own.text, html: String(own.html) }
    : letter(props, letterLook(custom.look, settings.baseUrl));
}

/** Mail programs show no `data:` picture, so an email has the name alone then. */
function letterLook({ button, logo }: Look, baseUrl: string): LetterLook {
  return { button, logoUrl: logo === undefined || logo.startsWith("data:") ? undefined : new URL(logo, baseUrl).href };
}

/** Posts a notice of something that was done to the account: what, when, from where, and what to do if it was somebody else. */
export async function sendSecurityNotice(tx: Transaction, to: Recipient, origin: RequestInfo, words: MailContent): Promise<void> {
  if (!canSendLetters(tx) || !(await mayNotify(tx, to.email, words.kind))) return;
  const { securityNoticeLink: link } = tx.catalog;
  const token = link && (await issueToken(tx, { purpose: link.purpose, userId: to.id, email: to.email })).token;
  await sendEmail(tx, to, {
    ...words,
    paragraphs: [
      ...words.paragraphs,
      `It was done on ${instantInWords(tx.now())}${await withBrowser(to, origin)}, from the address ${origin.address}.`,
    ],
    footer: link && token && { text: link.text, url: linkTo(tx, link.purpose, token) },
  });
}

/** A program chooses what it is called, so it is told to nobody whose mailbox may be a stranger's. */
async function withBrowser({ email_confirmed_at }: Recipient, { userAgent }: RequestInfo): Promise<string> {
  if (!email_confirmed_at) return "";
  return ` with ${(await deviceInWords(userAgent)).replace(/^(?:An|The) /, (article) => article.toLowerCase())}`;
}

/** An address of this site with a token, for a letter. Never built from what a request says (host-header poisoning). */
export function linkTo(s: Services, { landingPath }: TokenPurpose, token: Token): string {
  return `${addressOf(s, landingPath)}?token=${token}`;
}

/** The whole address of a page of ours. */
export function addressOf({ settings }: Services, path: string): string {
  return settings.baseUrl + settings.mountPath + path;
}
