/** Collects the messages of features, and opens their translations. */
import { messages as emails } from "../core/mail/emails.messages.ts";
import { messages as authenticate } from "../http/request/authenticate.messages.ts";
import type { Messages } from "../i18n/messages.ts";
import { createTranslations, type Translations } from "../i18n/translations.ts";
import type { Language } from "../i18n/translator.ts";
import { messages as imported } from "../migration/invitations.messages.ts";
import type { Feature } from "./feature.ts";

/** Messages of the rooms below, which every feature uses. */
const shared: readonly Messages[] = [authenticate, emails, imported];

export function messagesOf(features: readonly Feature[]): readonly Messages[] {
  return [...shared, ...features.flatMap(({ messages = [] }) => messages)];
}

/** Without `languages`, English alone. */
export function openTranslations(features: readonly Feature[], languages?: readonly [Language, ...Language[]]): Translations {
  return createTranslations(messagesOf(features), languages);
}
