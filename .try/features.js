import { activity } from "./features/activity/activity.js";
import { changeEmail } from "./features/change-email/change-email.js";
import { changePassword } from "./features/change-password/change-password.js";
import { changeUsername } from "./features/change-username/change-username.js";
import { confirmPasswordFeature } from "./features/confirm-password/confirm-password.js";
import { dashboard } from "./features/dashboard/dashboard.js";
import { deleteAccount } from "./features/delete/delete.js";
import { displayName } from "./features/display-name/display-name.js";
import { exportData } from "./features/export/export.js";
import { home } from "./features/home/home.js";
import { login } from "./features/login/login.js";
import { logout } from "./features/logout/logout.js";
import { mailbox } from "./features/mailbox/mailbox.js";
import { notMe } from "./features/not-me/not-me.js";
import { resetPassword } from "./features/reset-password/reset-password.js";
import { sessions } from "./features/sessions/sessions.js";
import { settings } from "./features/settings/settings.js";
import { signup } from "./features/signup/signup.js";
import { undoEmail } from "./features/undo-email/undo-email.js";
import { verifyEmail } from "./features/verify-email/verify-email.js";
export const features = [
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
    logout,
    mailbox,
];
