/** Messages of resetting a password. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("reset-password", {
  changed: "Password updated. You've been logged out everywhere. Log in with your new password.",
  "event.password-reset-requested": "Password reset requested",
  "event.password-reset": "Password reset",
  "event.unproven-factors-removed": "Earlier ways to log in and second factors removed: the email was verified for the first time",
  "option.link": "Forgot your password?",

  askTitle: "Forgot your password?",
  askIntro: {
    select: "loginWith",
    email: "Enter your email and we'll send you a link to reset your password.",
    username: "Enter your account's email. We'll send you a link that shows your username and resets your password.",
    both: "Enter your account's email. We'll send you a link that shows your username and resets your password.",
  },
  askButton: "Send reset link",
  backToLogin: "Back to login",

  sent: "If an account exists for {email}, we've sent a reset link to it. The link expires in 30 minutes.",
  sentNowhere: "If you requested a reset link, it's in the inbox of your account's email. It expires 30 minutes after you requested it.",
  askAgain: "Request a new link",

  chooseTitle: { select: "has", password: "Choose a new password", none: "Choose a password" },
  chooseFor: {
    select: "loginWith",
    email: "This changes the password of {email} and logs out all devices.",
    username: "This changes the password of {username} ({email}) and logs out all devices.",
    both: "This changes the password of {username} ({email}) and logs out all devices.",
  },
  setFor: {
    select: "loginWith",
    email: "This sets a password for {email} and logs out all devices.",
    username: "This sets a password for {username} ({email}) and logs out all devices.",
    both: "This sets a password for {username} ({email}) and logs out all devices.",
  },
  chooseButton: { select: "has", password: "Change password", none: "Set password" },

  recoveryCode: "Recovery code",
  recoveryCodeHint: "You log in without a password, so the link alone does not set one. Enter one of your recovery codes.",
  enterRecoveryCode: "Enter one of your recovery codes.",
  wrongRecoveryCode: "That recovery code is incorrect or was already used.",

  deadIntro: "Reset links expire after 30 minutes and can be used once. Only the newest link works.",
  deadProblem: "This link has expired or was already used. Request a new one.",
  deadAgain: "Request a new link",
  deadLogIn: "Log in",

  "email.reset.subject": { select: "has", password: "Reset your {siteName} password", none: "Set a password at {siteName}" },
  "email.reset.intro": {
    select: "has",
    password: "We received a request to reset the password of your {siteName} account.",
    none: "We received a request to set a password for your {siteName} account, which has none.",
  },
  "email.reset.introReported": {
    select: "has",
    password: "You told us that someone else may have access to your {siteName} account. Choose a new password.",
    none: "You told us that someone else may have access to your {siteName} account. Set a password.",
  },
  "email.reset.action": { select: "has", password: "Reset password", none: "Set a password" },
  "email.reset.expiry": "This link expires in 30 minutes and can be used once.",
  "email.reset.expiryLocked": {
    select: "locked",
    password: "This link expires in 30 minutes and can be used once. Your current password is locked until you choose a new one.",
    account: "This link expires in 30 minutes and can be used once. Your account is locked until you choose a password.",
  },
  "email.reset.reason": {
    select: "has",
    password:
      "You're receiving this because someone requested a password reset for your account at {siteName}. If it wasn't you, you can ignore this email.",
    none: "You're receiving this because someone requested a link to set a password for your account at {siteName}. If it wasn't you, you can ignore this email.",
  },
  "email.reset.reasonLocked": {
    select: "has",
    password: "You're receiving this because someone requested a password reset for your account at {siteName}.",
    none: "You're receiving this because someone requested a link to set a password for your account at {siteName}.",
  },
  "email.reset.reasonReported": "You're receiving this because “This wasn't me” was used for your account at {siteName}.",

  "email.changed.subject": "Your password was changed",
  "email.changed.intro": "The password of your {siteName} account was reset with a link we emailed you. All devices have been logged out.",
  "email.changed.removed":
    "The reset also verified your email for the first time. Other ways to log in and second factors from before were removed, because someone else may have added them.",
});
