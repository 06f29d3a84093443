/** Messages of the email with the verification link and code. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("verification-email", {
  "email.subject": "Verify your email for {siteName}",
  "email.intro": "Enter this code in the browser where you requested it, or follow the link.",
  "email.action": "Verify email",
  "email.expiry": "The code expires in 10 minutes, and the link in 24 hours.",
  "email.late.intro": "Open this link to verify your email for {siteName}. This email was delayed, so its code has expired.",
  "email.late.expiry": "The link expires 24 hours after you requested it.",
  "email.reason":
    "You're receiving this because someone used your email to sign up at {siteName}. If it wasn't you, you can ignore this email.",
});
