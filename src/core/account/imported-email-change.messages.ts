/** Messages of emails about an imported email change. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("imported-email-change", {
  "email.left.intro":
    "Your {siteName} account's email was changed in our previous app, so we changed it here too. We'll send email to {email} from now on.",
  "email.left.advice": "If this wasn't you, or you want to keep this email, undo the change within 72 hours.",
  "email.changed.intro": {
    select: "loginWith",
    email: "Your {siteName} account's email was changed to this one in our previous app. Use it to log in from now on.",
    username: "Your {siteName} account's email was changed to this one in our previous app. You still log in with your username.",
    both: "Your {siteName} account's email was changed to this one in our previous app. Use it or your username to log in from now on.",
  },
  "email.changed.devices": "All devices have been logged out.",
});
