/** Notifies the owner of an account about its passkeys. */
import { recordEvent } from "../audit/log.ts";
import { emailWords, type MailContent, type Recipient, sendSecurityNotice } from "../mail/emails.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import { messages } from "./passkey-notices.messages.ts";

/** Records and announces a new passkey. */
export async function announceAdded(tx: Transaction, to: Recipient, info: RequestInfo, given: string): Promise<void> {
  await recordEvent(tx, to.id, "passkey-added", info);
  await notify(tx, { to, info, name: given }, (t, name) => ({
    kind: "passkey-added",
    subject: t("added.subject"),
    paragraphs: [t("added.intro", { name })],
  }));
}

/** Records and announces a removed passkey. */
export async function announceRemoved(tx: Transaction, to: Recipient, info: RequestInfo, given: string): Promise<void> {
  await recordEvent(tx, to.id, "passkey-removed", info);
  await notify(tx, { to, info, name: given }, (t, name) => ({
    kind: "passkey-removed",
    subject: t("removed.subject"),
    paragraphs: [t("removed.intro", { name }), t("removed.device")],
  }));
}

/** A counter went back: the authenticator may have been cloned (WebAuthn, 6.1.1). */
export function notifyCounter(tx: Transaction, to: Recipient, info: RequestInfo, given: string): Promise<void> {
  return notify(tx, { to, info, name: given }, (t, name) => ({
    kind: "passkey-counter",
    subject: t("counter.subject"),
    paragraphs: [t("counter.intro", { name }), t("counter.advice")],
    after: [],
  }));
}

/** The passkey is not synchronised any more: with its device, the user would lose it. */
export function notifyNotSynced(tx: Transaction, to: Recipient, info: RequestInfo, given: string): Promise<void> {
  return notify(tx, { to, info, name: given }, (t, name) => ({
    kind: "passkey-not-synced",
    subject: t("notSynced.subject"),
    paragraphs: [t("notSynced.intro", { name }), t("notSynced.advice")],
    after: [],
  }));
}

type Words = ReturnType<typeof emailWords<typeof messages.texts>>;

interface Notice {
  readonly to: Recipient;
  readonly info: RequestInfo;
  readonly name: string;
}

/** Spam through names: the user chooses a passkey's name, so an unverified inbox gets a fixed word instead. */
async function notify(tx: Transaction, { to, info, name }: Notice, contentOf: (t: Words, name: string) => MailContent): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  await sendSecurityNotice(tx, to, info, contentOf(t, to.email_verified_at ? name : t("unnamed")));
}
