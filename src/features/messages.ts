/** Collects the messages of features, and opens their translations. */

import { messages as emailChange } from "../core/account/email-change.messages.ts";
import { messages as imported } from "../core/account/imported-email-change.messages.ts";
import { messages as twoFactorReset } from "../core/account/two-factor-reset.messages.ts";
import { messages as verificationEmail } from "../core/account/verification-email.messages.ts";
import { messages as events } from "../core/audit/events.messages.ts";
import { messages as lockout } from "../core/credentials/password/lockout.messages.ts";
import { messages as deviceName } from "../core/device-name.messages.ts";
import { messages as identityNotices } from "../core/identities/identity-notices.messages.ts";
import { messages as emails } from "../core/mail/emails.messages.ts";
import { messages as passkeyNotices } from "../core/passkeys/passkey-notices.messages.ts";
import { messages as placeName } from "../core/place-name.messages.ts";
import { messages as checkInbox } from "../http/forms/check-inbox.messages.ts";
import { messages as form } from "../http/forms/form.messages.ts";
import { messages as keepRemoved } from "../http/forms/keep-removed.messages.ts";
import { messages as newPassword } from "../http/forms/new-password.messages.ts";
import { messages as passkeyPrompt } from "../http/forms/passkey-prompt.messages.ts";
import { messages as reauthenticate } from "../http/forms/reauthenticate.messages.ts";
import { messages as removalHint } from "../http/forms/removal-hint.messages.ts";
import { messages as settingsLink } from "../http/forms/settings-link.messages.ts";
import { messages as authenticate } from "../http/request/authenticate.messages.ts";
import { messages as enrolment } from "../http/request/enrolment.messages.ts";
import { messages as accountRows } from "../http/response/account-rows.messages.ts";
import { messages as completeSignIn } from "../http/response/complete-sign-in.messages.ts";
import { messages as errors } from "../http/response/errors.messages.ts";
import { messages as site } from "../http/response/site.messages.ts";
import { type Messages, type TranslatedLocale, type TranslationFiles, translatedLocales } from "../i18n/messages.ts";
import { createTranslations, type Translations } from "../i18n/translations.ts";
import { english, type Language } from "../i18n/translator.ts";
import { messages as errorPage } from "../ui/error-page.messages.ts";
import { messages as fields } from "../ui/fields.messages.ts";
import { messages as layout } from "../ui/layout.messages.ts";
import { messages as timeAgo } from "../ui/time-ago.messages.ts";
import type { Feature } from "./feature.ts";
import { type OwnTranslations, readOwnTranslations } from "./own-translations.ts";

/** Messages of the rooms below, which every feature uses. */
const shared: readonly Messages[] = [
  accountRows,
  authenticate,
  checkInbox,
  completeSignIn,
  deviceName,
  emailChange,
  emails,
  enrolment,
  errorPage,
  errors,
  events,
  fields,
  form,
  identityNotices,
  imported,
  layout,
  lockout,
  newPassword,
  passkeyNotices,
  passkeyPrompt,
  placeName,
  reauthenticate,
  keepRemoved,
  removalHint,
  settingsLink,
  timeAgo,
  site,
  twoFactorReset,
  verificationEmail,
];

/** Translations of the messages above. */
const sharedTranslations: readonly TranslationFiles[] = [
  { de: () => import("../http/response/account-rows.messages.de.ts"), ar: () => import("../http/response/account-rows.messages.ar.ts") },
  { de: () => import("../http/request/authenticate.messages.de.ts"), ar: () => import("../http/request/authenticate.messages.ar.ts") },
  { de: () => import("../http/request/enrolment.messages.de.ts"), ar: () => import("../http/request/enrolment.messages.ar.ts") },
  { de: () => import("../http/forms/check-inbox.messages.de.ts"), ar: () => import("../http/forms/check-inbox.messages.ar.ts") },
  {
    de: () => import("../http/response/complete-sign-in.messages.de.ts"),
    ar: () => import("../http/response/complete-sign-in.messages.ar.ts"),
  },
  { de: () => import("../core/device-name.messages.de.ts"), ar: () => import("../core/device-name.messages.ar.ts") },
  { de: () => import("../core/mail/emails.messages.de.ts"), ar: () => import("../core/mail/emails.messages.ar.ts") },
  { de: () => import("../ui/error-page.messages.de.ts"), ar: () => import("../ui/error-page.messages.ar.ts") },
  { de: () => import("../http/response/errors.messages.de.ts"), ar: () => import("../http/response/errors.messages.ar.ts") },
  { de: () => import("../core/audit/events.messages.de.ts"), ar: () => import("../core/audit/events.messages.ar.ts") },
  { de: () => import("../ui/fields.messages.de.ts"), ar: () => import("../ui/fields.messages.ar.ts") },
  { de: () => import("../http/forms/form.messages.de.ts"), ar: () => import("../http/forms/form.messages.ar.ts") },
  { de: () => import("../core/account/email-change.messages.de.ts"), ar: () => import("../core/account/email-change.messages.ar.ts") },
  {
    de: () => import("../core/account/imported-email-change.messages.de.ts"),
    ar: () => import("../core/account/imported-email-change.messages.ar.ts"),
  },
  { de: () => import("../ui/layout.messages.de.ts"), ar: () => import("../ui/layout.messages.ar.ts") },
  {
    de: () => import("../core/credentials/password/lockout.messages.de.ts"),
    ar: () => import("../core/credentials/password/lockout.messages.ar.ts"),
  },
  { de: () => import("../http/forms/new-password.messages.de.ts"), ar: () => import("../http/forms/new-password.messages.ar.ts") },
  {
    de: () => import("../core/identities/identity-notices.messages.de.ts"),
    ar: () => import("../core/identities/identity-notices.messages.ar.ts"),
  },
  {
    de: () => import("../core/passkeys/passkey-notices.messages.de.ts"),
    ar: () => import("../core/passkeys/passkey-notices.messages.ar.ts"),
  },
  { de: () => import("../http/forms/passkey-prompt.messages.de.ts"), ar: () => import("../http/forms/passkey-prompt.messages.ar.ts") },
  { de: () => import("../core/place-name.messages.de.ts"), ar: () => import("../core/place-name.messages.ar.ts") },
  { de: () => import("../http/forms/reauthenticate.messages.de.ts"), ar: () => import("../http/forms/reauthenticate.messages.ar.ts") },
  { de: () => import("../http/forms/keep-removed.messages.de.ts"), ar: () => import("../http/forms/keep-removed.messages.ar.ts") },
  { de: () => import("../http/forms/removal-hint.messages.de.ts"), ar: () => import("../http/forms/removal-hint.messages.ar.ts") },
  { de: () => import("../http/forms/settings-link.messages.de.ts"), ar: () => import("../http/forms/settings-link.messages.ar.ts") },
  { de: () => import("../ui/time-ago.messages.de.ts"), ar: () => import("../ui/time-ago.messages.ar.ts") },
  {
    de: () => import("../core/account/two-factor-reset.messages.de.ts"),
    ar: () => import("../core/account/two-factor-reset.messages.ar.ts"),
  },
  { de: () => import("../http/response/site.messages.de.ts"), ar: () => import("../http/response/site.messages.ar.ts") },
  {
    de: () => import("../core/account/verification-email.messages.de.ts"),
    ar: () => import("../core/account/verification-email.messages.ar.ts"),
  },
];

export function messagesOf(features: readonly Feature[]): readonly Messages[] {
  return [...shared, ...features.flatMap(({ messages = [] }) => messages)];
}

/** Loads the translations into these languages, and none for English, the source. The first language is the default. */
export async function loadLanguages(
  features: readonly Feature[],
  locales: readonly string[],
  own: OwnTranslations = {},
): Promise<[Language, ...Language[]]> {
  const files = [...sharedTranslations, ...features.flatMap(({ translations = [] }) => translations)];
  const load = async (locale: string): Promise<Language> => {
    const isOwn = Object.hasOwn(own, locale);
    if (locale === "en" && !isOwn) return english;
    const loaders = translatedLocales.some((each) => each === locale) ? files.map((each) => each[locale as TranslatedLocale]) : [];
    const loaded = await Promise.all(loaders.map((each) => each()));
    const translations = loaded.map(({ translation }) => translation);
    return { locale, translations: isOwn ? [...translations, ...readOwnTranslations(messagesOf(features), own, locale)] : translations };
  };
  const [first = "en", ...others] = locales;
  return [await load(first), ...(await Promise.all(others.map(load)))];
}

/** Without `languages`, English alone. */
export function openTranslations(features: readonly Feature[], languages?: readonly [Language, ...Language[]]): Translations {
  return createTranslations(messagesOf(features), languages);
}
