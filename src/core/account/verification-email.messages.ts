/** Messages of the email with the verification link and code. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("verification-email", {
  "email.subject": "Verify your email for {siteName}",
  "email.intro": "Enter this code to verify your email for {siteName}:",
  "email.action": "Verify email",
  "email.expiry": "The code expires in 10 minutes, and the link in 24 hours.",
  "email.late.intro": "Open this link to verify your email for {siteName}. This email was delayed, so its code has expired.",
  "email.late.expiry": "The link expires 24 hours after you requested it.",
  "email.ignore": "If you didn't request this, you can ignore this email.",
});
