/** Everything that a person can do here, in the order in which they meet it. */
import type { Feature } from "./feature.ts";
import { activity } from "./features/activity/activity.ts";
import { admin } from "./features/admin/admin.ts";
import { changeEmail } from "./features/change-email/change-email.ts";
import { changePassword } from "./features/change-password/change-password.ts";
import { changeUsername } from "./features/change-username/change-username.ts";
import { confirmPasswordFeature } from "./features/confirm-password/confirm-password.ts";
import { dashboard } from "./features/dashboard/dashboard.ts";
import { deleteAccount } from "./features/delete/delete.ts";
import { displayName } from "./features/display-name/display-name.ts";
import { exportData } from "./features/export/export.ts";
import { forwardAuth } from "./features/forward-auth/forward-auth.ts";
import { home } from "./features/home/home.ts";
import { login } from "./features/login/login.ts";
import { logout } from "./features/logout/logout.ts";
import { mailbox } from "./features/mailbox/mailbox.ts";
import { notMe } from "./features/not-me/not-me.ts";
import { resetPassword } from "./features/reset-password/reset-password.ts";
import { sessions } from "./features/sessions/sessions.ts";
import { settings } from "./features/settings/settings.ts";
import { signup } from "./features/signup/signup.ts";
import { token } from "./features/token/token.ts";
import { undoEmail } from "./features/undo-email/undo-email.ts";
import { verifyEmail } from "./features/verify-email/verify-email.ts";

export const features: readonly Feature[] = [
  home,
  signup,
  verifyEmail,
  login,
  resetPassword,
  notMe,
  dashboard,
  confirmPasswordFeature,
  settings,
  displayName,
  changeUsername,
  changeEmail,
  undoEmail,
  changePassword,
  sessions,
  activity,
  exportData,
  deleteAccount,
  token,
  forwardAuth,
  admin,
  logout,
  mailbox,
];
