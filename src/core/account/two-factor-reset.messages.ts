/** Messages of the email about factors that an administrator removed. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("two-factor-reset", {
  "email.subject": "Two-factor authentication was reset",
  "email.intro":
    "An administrator of {siteName} removed the authenticator apps, recovery codes and trusted browsers of your account, and logged out all devices.",
  "email.introWithPasskeys":
    "An administrator of {siteName} removed the passkeys, authenticator apps, recovery codes and trusted browsers of your account, and logged out all devices.",
  "email.why": "Reason given: {reason}",
  "email.advice": "Log in and set up two-factor authentication again. If you didn't ask for this, contact {siteName}.",
  "email.action": "Log in",
});
