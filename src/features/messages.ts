/** Lists the messages of every feature, and makes the translations of the app. */
import { messages as authenticate } from "../http/request/authenticate.messages.ts";
import type { Messages } from "../i18n/messages.ts";
import { createTranslations, type Translations } from "../i18n/translations.ts";
import type { Language } from "../i18n/translator.ts";
import { messages as changeEmail } from "./account/change-email/change-email.messages.ts";
import { messages as changePassword } from "./account/change-password/change-password.messages.ts";
import { messages as changeUsername } from "./account/change-username/change-username.messages.ts";
import { messages as deleteAccount } from "./account/delete-account/delete-account.messages.ts";
import { messages as displayName } from "./account/display-name/display-name.messages.ts";
import { messages as sessions } from "./account/sessions/sessions.messages.ts";
import { messages as admin } from "./admin/admin/admin.messages.ts";
import { messages as login } from "./log-in/login/login.messages.ts";
import { messages as logout } from "./log-in/logout/logout.messages.ts";
import { messages as reportCompromise } from "./recovery/report-compromise/report-compromise.messages.ts";
import { messages as resetPassword } from "./recovery/reset-password/reset-password.messages.ts";
import { messages as revertEmail } from "./recovery/revert-email/revert-email.messages.ts";
import { messages as signup } from "./sign-up/signup/signup.messages.ts";
import { messages as verifyEmail } from "./sign-up/verify-email/verify-email.messages.ts";

export const allMessages: readonly Messages[] = [
  authenticate,
  signup,
  verifyEmail,
  login,
  logout,
  resetPassword,
  reportCompromise,
  revertEmail,
  displayName,
  changeUsername,
  changeEmail,
  changePassword,
  sessions,
  deleteAccount,
  admin,
];

/** Without `languages`, English alone. */
export function openTranslations(languages?: readonly [Language, ...Language[]]): Translations {
  return createTranslations(allMessages, languages);
}
