/** Messages of the emails of logging in by email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("email-login.emails", {
  site: "Website",
  "email.login.subject": "Your login code for {siteName}",
  "email.login.intro": "Enter this code in the browser where you requested it.",
  "email.login.action": "Log in",
  "email.signUp.subject": "Your sign-up code for {siteName}",
  "email.signUp.intro":
    "You don't have an account at {siteName} yet. To create one, enter this code in the browser where you requested it.",
  "email.signUp.action": "Create an account",
  "email.never": "Never enter it anywhere else, and never give it to anyone.",
  "email.expiry": "The code and the link expire in 10 minutes. The link only logs in the browser that requested it.",
  "email.reason":
    "You're receiving this because someone requested a login code for your email at {siteName}. If it wasn't you, you can ignore this email: nothing happens without the code.",
  "email.refused.subject": "You can't log in to {siteName} by email",
  "email.refused.intro": {
    select: "why",
    none: "Someone requested a login code for your email, but there is no account with this email at {siteName}.",
    off: "Someone requested a login code for your account, but login by email is turned off in its settings.",
    compromised: "Someone requested a login code for your account, but it is locked until you reset your password.",
    locked:
      "Someone requested a login code for your account, but it is locked, because someone else may have access to it. Use the link in our earlier email to unlock it.",
    disabled: "Someone requested a login code for your account, but it has been disabled by an administrator.",
    unverified: "Someone requested a login code for your account, but its email must be verified first. Log in another way and verify it.",
  },
  "email.refused.logIn": "Log in another way",
  "email.refused.reset": "Reset password",
  "email.refused.reason":
    "You're receiving this because someone requested a login code for your email at {siteName}. If it wasn't you, you can ignore this email.",
  "email.confirm.subject": "Confirm it's you at {siteName}",
  "email.confirm.intro": "Enter this code on the page that asked for it, to confirm that it's you.",
  "email.confirm.expiry": "The code expires in 10 minutes.",
  "email.confirm.reason":
    "You're receiving this because someone who is logged in to your account at {siteName} wants to change it. If it wasn't you, log out your other devices.",
  "email.first.subject": "Earlier ways to log in were removed",
  "email.first.intro": {
    select: "passwords",
    on: "You logged in to {siteName} by email, which verified your email for the first time. Passwords, other ways to log in and sessions from before were removed, because someone else may have created them. You can set a new password with a password reset.",
    off: "You logged in to {siteName} by email, which verified your email for the first time. Other ways to log in and sessions from before were removed, because someone else may have created them.",
  },
  "email.off.subject": "Login by email was turned off",
  "email.off.intro": "You can no longer log in to your {siteName} account with codes and links by email.",
  "email.on.subject": "Login by email was turned on",
  "email.on.intro": "You can log in to your {siteName} account with codes and links by email again.",
});
