/** Messages of the emails about a change of an account's email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-email.emails", {
  "email.code.subject": "Verify your new email for {siteName}",
  "email.code.intro": "Enter this code to change your email, or follow the link.",
  "email.code.action": "Verify new email",
  "email.code.expiry": "The code expires in 10 minutes and only works in the browser where you requested it.",
  "email.code.linkExpiry": "The link expires in 1 hour and works in any browser where you're logged in.",
  "email.code.reason":
    "You're receiving this because someone entered your email for their account at {siteName}. If it wasn't you, you can ignore this email.",
  "email.wanted.subject": "Another account tried to use your email",
  "email.wanted.intro": "Another {siteName} account tried to use your email. Nothing was changed.",
  "email.wanted.own": "If both accounts are yours, change this account's email or delete this account first.",
  "email.left.intro": "Your account's email was changed. We'll send email to {email} from now on.",
  "email.left.expected": "If you did this, you don't need to do anything. If you didn't, you can undo it within 72 hours.",
  "email.left.report": {
    select: "passwords",
    on: "If someone else may have access to your account, use “This wasn't me” instead. It also locks your password until you reset it.",
    off: "If someone else may have access to your account, use “This wasn't me” instead. It also locks your account until you unlock it.",
  },
  "email.changed.intro": {
    select: "loginWith",
    email: "Your account's email was changed to this one. Use it to log in from now on.",
    username: "Your account's email was changed to this one. You still log in with your username.",
    both: "Your account's email was changed to this one. Use it or your username to log in from now on.",
  },
  "email.changed.devices": "All other devices were logged out.",
});
