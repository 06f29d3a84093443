/** Messages of the emails about linked logins. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("identity-notices", {
  "linked.subject": "A new way to log in was added to your account",
  "linked.intro": "You can now log in to your account at {siteName} with {provider} ({email}).",
  "unlinked.subject": "A way to log in was removed from your account",
  "unlinked.intro": "You can no longer log in to your account at {siteName} with {provider} ({email}).",
  "confirmed.subject": "A way to log in to your account was confirmed",
  "confirmed.intro":
    "You can now log in to your account at {siteName} with {provider} ({email}) without a second factor here, if {provider} has checked one.",
  noEmail: "no email given",
  unconfirmed: "{email}, not confirmed by {provider}",
});
