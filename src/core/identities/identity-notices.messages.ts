/** Messages of the emails about linked logins. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("identity-notices", {
  "linked.subject": "A new way to log in was added to your account",
  "linked.intro": "{provider} ({email}) can now log in to your account at {siteName}.",
  "unlinked.subject": "A way to log in was removed from your account",
  "unlinked.intro": "{provider} ({email}) can no longer log in to your account at {siteName}.",
  noEmail: "no email given",
});
