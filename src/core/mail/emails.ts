/** Sends emails and security notices through the outbox. */

import type { MessageReference, Messages, Texts } from "../../i18n/messages.ts";
import type { Translate } from "../../i18n/translator.ts";
import type { EmailLook, EmailProps, EmailWords } from "../../ui/email-props.ts";
import { oneLine, renderEmail } from "../../ui/message.ts";
import type { Look } from "../customization.ts";
import { deviceName, readDevice } from "../device-name.ts";
import { code, issueToken, type Token } from "../one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../one-time-tokens/token-purpose.ts";
import { ipWithPlace } from "../place-name.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import { mayNotify } from "./email-limits.ts";
import { messages } from "./emails.messages.ts";
import { isLostEmail } from "./lost-email.ts";
import { canSendEmail, type ExpiringMail, enqueueEmail } from "./outbox.ts";

/** The columns of an account that an email needs. `email` is the exact recipient. */
export interface Recipient {
  readonly id: string;
  readonly username: string;
  readonly display_name: string | null;
  readonly email: string;
  /** Null or undefined: unverified, so the inbox may be a stranger's. */
  readonly email_verified_at?: number | null;
  /** BCP 47; undefined or null where the account has chosen none. */
  readonly locale?: string | null | undefined;
}

export interface MailContent extends MessageProps {
  /** Selects the site's own template, and is the topic of its rate limit. */
  readonly kind: string;
  /** Why the recipient gets this email. By default because of their account, or an account with this unverified email. */
  readonly reason?: string | undefined;
  /** Replaces these parts if the email is sent after its code has expired. */
  readonly late?: Pick<EmailProps, "paragraphs" | "action" | "after"> | undefined;
}

type MessageProps = Pick<EmailProps, "subject" | "paragraphs" | "details" | "code" | "action" | "after" | "footer">;

type Detail = NonNullable<EmailProps["details"]>[number];

/** The request that caused an email, for its language. */
type Cause = Pick<RequestInfo, "locale"> | undefined;

/**
 * Sends an email in the caller's transaction; without a way to send, does nothing. `id` is null without an account. `info` is that of
 * `emailWords`, so that all words are in one language.
 */
export async function sendEmail(
  tx: Transaction,
  to: Omit<Recipient, "id"> & { readonly id: string | null },
  content: MailContent,
  info?: Cause,
): Promise<void> {
  if (!canSendEmail(tx)) return;
  // Spam through usernames: only a verified inbox is greeted by name.
  const name = to.email_verified_at ? (to.display_name ?? to.username) : "";
  const { late, ...now } = content;
  const { siteName, emailFooter } = tx.settings;
  const t = emailWords(tx, messages, { to, info });
  const reason = now.reason ?? t(to.email_verified_at ? "reason" : "reasonUnverified", { siteName });
  const props = { siteName, name, ...now, reason, postalAddress: emailFooter || undefined };
  const locale = localeFor(tx, to, info);
  const withoutCode = late && { from: tx.now() + code.lifetimeMs, ...renderContent(tx, { ...props, ...late, code: undefined }, locale) };
  const email = { kind: content.kind, to: isLostEmail(to.email) ? "" : to.email, ...renderContent(tx, props, locale), late: withoutCode };
  await enqueueEmail(tx, to.id, email, expiryOf(tx, content.kind));
}

/** For kinds that expire with a token: an email whose link has expired or was replaced is not sent. */
function expiryOf(tx: Transaction, kind: string): ExpiringMail | undefined {
  const purpose = tx.catalog.emails.get(kind)?.expiresWith;
  return (
    purpose && { kind, expiresAt: tx.now() + purpose.lifetimeMs, supersedes: purpose.manyAtOnce !== true && purpose.onePerBrowser !== true }
  );
}

/** Header injection: a line end in the subject of the site's own template would begin a header (ASVS 1.3.11). */
export function renderContent(s: Services, content: RenderedProps, locale: string, shown: Shown = {}): ReturnType<typeof renderEmail> {
  const { custom, settings } = s;
  const translator = s.translations.translator(locale);
  const t = translator.messages(messages);
  const props = { ...content, preheader: preheaderOf(content, t) };
  const own = custom.emails[props.kind]?.({ ...props, locale: translator.locale });
  if (own) return { subject: oneLine(own.subject), text: own.text, html: String(own.html) };
  const words: EmailWords = {
    locale: translator.locale,
    direction: shown.direction ?? translator.direction,
    greeting: props.name === "" ? "" : t("greeting", { name: props.name }),
    copyLink: (url) => t("copyLink", { url }),
  };
  return renderEmail(props, words, emailLook(shown.look ?? custom.look, settings.baseUrl));
}

/** What a preview shows instead of the site's own. */
interface Shown {
  readonly look?: Look;
  readonly direction?: EmailWords["direction"] | undefined;
}

type RenderedProps = Omit<EmailProps, "preheader"> & { readonly kind: string };

function preheaderOf({ code, siteName, paragraphs, after = [] }: RenderedProps, t: Translate<typeof messages.texts>): string {
  return (code ? [t("codePreheader", { code, siteName }), ...after.slice(0, 1)] : paragraphs).join(" ");
}

/** Mail clients show no `data:` URL, so an email without another logo has the site's name alone. */
function emailLook({ email, logo }: Look, baseUrl: string): EmailLook {
  const urlOf = (url: string | undefined) => (url === undefined || url.startsWith("data:") ? undefined : new URL(url, baseUrl).href);
  return { ...email, logoUrl: urlOf(logo?.light), darkLogoUrl: urlOf(logo?.dark) };
}

/** Notifies the account's owner of a change: what, when and from where, with a link to report it (ASVS 6.3.7). */
export async function sendSecurityNotice(tx: Transaction, to: Recipient, info: RequestInfo, content: MailContent): Promise<void> {
  if (!canSendEmail(tx) || !(await mayNotify(tx, to, content.kind))) return;
  const details = await noticeDetails(tx, to, info);
  const after = content.after ?? (content.action ? [] : [emailWords(tx, messages, { to, info })("expected")]);
  await sendEmail(tx, to, { ...content, details, after, footer: await reportLink(tx, to, info) }, info);
}

/** The link "This wasn't me", for emails about what the owner may not have done. Undefined where no feature redeems it. */
export async function reportLink(tx: Transaction, to: Recipient, info: RequestInfo): Promise<EmailProps["footer"]> {
  const { securityNoticeLink: link } = tx.catalog;
  if (!link || !canSendEmail(tx)) return undefined;
  const { token } = await issueToken(tx, { purpose: link.purpose, userId: to.id, email: to.email });
  return { text: textFor(tx, link.text, { to, info }), url: linkTo(tx, link.purpose, token) };
}

/** The language of an email: the account's, else that of the form that caused it. */
function localeFor(tx: Services, to: Pick<Recipient, "locale">, info: Cause): string {
  return to.locale ?? info?.locale ?? tx.translations.locales[0];
}

interface Reader {
  readonly to: Pick<Recipient, "email" | "locale"> | undefined;
  readonly info?: Cause;
}

/** A feature's messages in the language of an email. */
export function emailWords<T extends Texts>(
  tx: Transaction,
  messages: Messages<T>,
  { to, info }: { readonly to: Omit<Recipient, "id"> | undefined; readonly info?: Pick<RequestInfo, "locale"> | undefined },
): Translate<T> {
  return tx.translations.translator(localeFor(tx, to ?? {}, info)).messages(messages);
}

/** The text of a message in the language of an email. */
function textFor(tx: Services, text: MessageReference, { to, info }: Reader): string {
  return tx.translations.render(localeFor(tx, to ?? {}, info), text, undefined) ?? "";
}

/** Spam through user agents: the client chooses its text, so notices to an unverified inbox omit it. */
async function noticeDetails(tx: Transaction, to: Recipient, info: RequestInfo): Promise<Detail[]> {
  const t = emailWords(tx, messages, { to, info });
  const [when, ip] = requestDetails(tx, to, info);
  // Administrators and jobs have no browser and no IP address.
  if (info.ip === "") return [when];
  if (!to.email_verified_at) return [when, ip];
  return [when, { label: t("device"), value: textFor(tx, await deviceName(info.userAgent), { to, info }) }, ip];
}

/**
 * When, with which browser and from where a request came. Spam through user agents: an unverified inbox is told of known browsers only, whose
 * names come from a list.
 */
export async function browserDetails(tx: Transaction, to: Recipient, info: RequestInfo): Promise<Detail[]> {
  const [when, ip] = requestDetails(tx, to, info);
  const { name, kind } = await readDevice(info.userAgent);
  if (!to.email_verified_at && kind === "program") return [when, ip];
  return [when, { label: emailWords(tx, messages, { to, info })("device"), value: textFor(tx, name, { to, info }) }, ip];
}

/** When and from where a request came, for the details of an email about it. */
export function requestDetails(tx: Transaction, to: Recipient, info: RequestInfo): readonly [when: Detail, ip: Detail] {
  const t = emailWords(tx, messages, { to, info });
  const locale = localeFor(tx, to, info);
  return [
    { label: t("when"), value: tx.translations.translator(locale).instantInWords(tx.now()) },
    { label: t("ip"), value: ipWithPlace(tx, info.ip, locale) },
  ];
}

/** The URL of the page that redeems a token of this purpose. Throws if no feature in use has one, see `isRedeemable`. */
export function linkTo(s: Services, { name }: TokenPurpose, token: Token): string {
  const landingPath = s.catalog.tokens.find((purpose) => purpose.name === name)?.landingPath;
  if (landingPath === undefined) throw new Error(`No page redeems the token purpose ${name}.`);
  return `${siteUrl(s, landingPath)}?token=${token}`;
}

/** Host header poisoning: links in emails are built from `BASE_URL`, never from the request. */
export function siteUrl({ settings }: Services, path: string): string {
  return settings.baseUrl + settings.mountPath + path;
}
