/** Lists every feature, in the order of the settings page and of routes. */

import { activity } from "./account/activity/activity.ts";
import { changeEmail } from "./account/change-email/change-email.ts";
import { changePassword } from "./account/change-password/change-password.ts";
import { changeUsername } from "./account/change-username/change-username.ts";
import { dashboard } from "./account/dashboard/dashboard.ts";
import { deleteAccount } from "./account/delete-account/delete-account.ts";
import { displayName } from "./account/display-name/display-name.ts";
import { exportData } from "./account/export-data/export-data.ts";
import { language } from "./account/language/language.ts";
import { sessions } from "./account/sessions/sessions.ts";
import { settings } from "./account/settings/settings.ts";
import { admin } from "./admin/admin/admin.ts";
import { accessToken } from "./developers/access-token/access-token.ts";
import { forwardAuth } from "./developers/forward-auth/forward-auth.ts";
import { mailbox } from "./development/mailbox/mailbox.ts";
import { themePreview } from "./development/theme-preview/theme-preview.ts";
import type { Feature } from "./feature.ts";
import { confirmPassword } from "./log-in/confirm-password/confirm-password.ts";
import { emailLogin } from "./log-in/email-login/email-login.ts";
import { home } from "./log-in/home/home.ts";
import { login } from "./log-in/login/login.ts";
import { logout } from "./log-in/logout/logout.ts";
import { providers } from "./log-in/providers/providers.ts";
import { passkeys } from "./passkeys/passkeys/passkeys.ts";
import { recoverTwoFactor } from "./recovery/recover-two-factor/recover-two-factor.ts";
import { reportCompromise } from "./recovery/report-compromise/report-compromise.ts";
import { resetPassword } from "./recovery/reset-password/reset-password.ts";
import { revertEmail } from "./recovery/revert-email/revert-email.ts";
import { signup } from "./sign-up/signup/signup.ts";
import { verifyEmail } from "./sign-up/verify-email/verify-email.ts";
import { twoFactor } from "./two-factor/two-factor/two-factor.ts";

export const features: readonly Feature[] = [
  home,
  signup,
  verifyEmail,
  login,
  resetPassword,
  recoverTwoFactor,
  reportCompromise,
  dashboard,
  confirmPassword,
  settings,
  displayName,
  changeUsername,
  changeEmail,
  revertEmail,
  language,
  changePassword,
  passkeys,
  twoFactor,
  emailLogin,
  providers,
  sessions,
  activity,
  exportData,
  deleteAccount,
  accessToken,
  forwardAuth,
  admin,
  logout,
  mailbox,
  themePreview,
];
