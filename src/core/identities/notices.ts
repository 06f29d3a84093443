/** Notifies the owner of an account about its linked logins. */
import { recordEvent } from "../audit/log.ts";
import { emailWords, type Recipient, sendSecurityNotice } from "../mail/emails.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import { messages } from "./identity-notices.messages.ts";

interface Named {
  /** ID of the provider. */
  readonly provider: string;
  readonly email?: string | null | undefined;
  /** Whether the provider vouches for the email, where that is known. */
  readonly isEmailVouched?: boolean | undefined;
}

/** Records and announces a new way to log in. */
export async function announceLinked(tx: Transaction, to: Recipient, info: RequestInfo, identity: Named): Promise<void> {
  await recordEvent(tx, to.id, "provider-linked", info, { provider: identity.provider });
  await notify(tx, to, info, { kind: "linked", identity });
}

/** Records and announces that the factors of a login count from now on. */
export async function announceConfirmed(tx: Transaction, to: Recipient, info: RequestInfo, identity: Named): Promise<void> {
  await recordEvent(tx, to.id, "provider-confirmed", info, { provider: identity.provider });
  await notify(tx, to, info, { kind: "confirmed", identity });
}

/** Records and announces a removed way to log in. */
export async function announceUnlinked(tx: Transaction, to: Recipient, info: RequestInfo, identity: Named): Promise<void> {
  await recordEvent(tx, to.id, "provider-unlinked", info, { provider: identity.provider });
  await notify(tx, to, info, { kind: "unlinked", identity });
}

async function notify(
  tx: Transaction,
  to: Recipient,
  info: RequestInfo,
  { kind, identity }: { readonly kind: "linked" | "unlinked" | "confirmed"; readonly identity: Named },
): Promise<void> {
  const t = emailWords(tx, messages, { to, info });
  const { siteName, providers } = tx.settings;
  const provider = providers.find(({ id }) => id === identity.provider)?.name ?? identity.provider;
  // Spam through profiles: an unverified inbox gets no text that an account at a provider chooses.
  const named = (to.email_verified_at ? identity.email : undefined) ?? t("noEmail");
  // Deception: whoever links a login of theirs could name an email that the owner trusts.
  const isUnconfirmed = to.email_verified_at && identity.email && identity.isEmailVouched === false;
  const email = isUnconfirmed ? t("unconfirmed", { email: named, provider }) : named;
  await sendSecurityNotice(tx, to, info, {
    kind: `provider-${kind}`,
    subject: t(`${kind}.subject`),
    paragraphs: [t(`${kind}.intro`, { provider, email, siteName })],
  });
}
