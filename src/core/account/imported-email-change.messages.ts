/** Messages of emails about an imported email change. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("imported-email-change", {
  leftSubject: "Your email was changed",
  leftText:
    "Your {siteName} account's email was changed in our previous app, so we changed it here too. We'll send email to {email} from now on.",
  leftAdvice: "If this wasn't you, or you want to keep this email, undo the change within 72 hours:",
  leftAction: "Undo email change",
  unverifiedSubject: "Your email is no longer used at {siteName}",
  unverifiedText: "A {siteName} account used this email without verifying it. It now uses a different email.",
  changedSubject: "Your account now uses this email",
  changedText: "Your {siteName} account's email was changed to this one in our previous app. Use it to log in from now on.",
  changedSessions: "All devices have been logged out.",
});
