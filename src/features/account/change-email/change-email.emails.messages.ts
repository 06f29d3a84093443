/** Messages of the emails about a change of an account's email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-email.emails", {
  "code.subject": "Verify your new email for {site}",
  "code.text": "Enter this code to change your email for {site}:",
  "code.action": "Verify new email",
  "code.expiry": "The code expires in 10 minutes and only works in the browser where you requested it.",
  "code.linkExpiry": "The link expires in 1 hour and works in any browser where you're logged in.",
  "code.ignore": "If you didn't request this, you can ignore this email.",
  "wanted.subject": "Another account tried to use your email",
  "wanted.text": "Another {site} account tried to use your email. Nothing was changed.",
  "wanted.own": "If both accounts are yours, change this account's email or delete this account first.",
  "left.subject": "Your email was changed",
  "left.text": "Your account's email was changed. We'll send email to {email} from now on.",
  "left.expected": "If you did this, you don't need to do anything. If you didn't, you can undo it within 72 hours.",
  "left.undo": "Undo email change",
  "left.report":
    "If someone else may have access to your account, use “This wasn't me” instead. It also locks your password until you reset it.",
  "unverified.subject": "Your email is no longer used at {site}",
  "unverified.text": "A {site} account used this email without verifying it. It now uses a different email.",
  "changed.subject": "Your account now uses this email",
  "changed.text": "Your account's email was changed to this one. Use it to log in from now on.",
  "changed.devices": "All other devices were logged out.",
});
