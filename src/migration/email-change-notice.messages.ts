/** Messages of emails about an imported email change. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("email-change-notice", {
  leftSubject: "Your email was changed",
  leftText:
    "The email of your {siteName} account was changed in our previous app, so we changed it here. We'll send email to {email} from now on.",
  leftAdvice: "If this wasn't you, or you want this email back, reverse the change within 72 hours:",
  leftAction: "Reverse email change",
  unverifiedSubject: "Your email is no longer used at {siteName}",
  unverifiedText: "A {siteName} account used this unverified email. It now uses another one.",
  changedSubject: "Your new email",
  changedText: "The email of your {siteName} account was changed to this one in our previous app. Log in with it from now on.",
  changedSessions: "All devices have been logged out.",
});
