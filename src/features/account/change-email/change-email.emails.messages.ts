/** Messages of the emails about a change of an account's email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-email.emails", {
  "code.subject": "Verify your new email for {site}",
  "code.text": "Enter this code to change your email for {site}:",
  "code.action": "Verify new email",
  "code.expiry": "The code expires in 10 minutes and only works in the browser where you requested it.",
  "code.linkExpiry": "The link expires in 1 hour and works wherever you're logged in.",
  "code.ignore": "If you didn't request this, you can ignore this email.",
  "wanted.subject": "Another account tried to use your email",
  "wanted.text": "Another account at {site} asked to use your email. Nothing was changed.",
  "wanted.own": "If that account is yours too, change the email of this account or delete this account first.",
  "left.subject": "Your email was changed",
  "left.text": "The email of your account was changed. We'll send email to {email} from now on.",
  "left.expected": "If you did this, you don't need to do anything.",
  "left.undo": "Undo the change within 72 hours",
  "left.report": "If it wasn't you, “This wasn't me” also ends all sessions and locks account changes until you reset your password.",
  "unverified.subject": "Your email is no longer used at {site}",
  "unverified.text": "An account at {site} used this email without verifying it. It uses a different email now.",
  "changed.subject": "Your account uses this email now",
  "changed.text": "The email of your account was changed to this one. Log in with it from now on.",
  "changed.devices": "All other devices were logged out.",
});
