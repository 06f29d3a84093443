/** Messages that the emails about every change of an email have in common. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("email-change", {
  "email.left.subject": "Your email was changed",
  "email.left.action": "Undo email change",
  "email.unverified.subject": "Your email is no longer used at {siteName}",
  "email.unverified.intro": "A {siteName} account used this email without verifying it. It now uses a different email.",
  "email.unverified.reason": "You're receiving this because an account at {siteName} used your email until now.",
  "email.changed.subject": "Your account now uses this email",
});
