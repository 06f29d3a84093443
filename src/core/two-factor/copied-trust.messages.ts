/** Messages of the email about a copied cookie of a trusted browser. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("copied-trust", {
  "email.subject": "A browser that you trusted may have been copied",
  "email.intro": "A login to {siteName} used an old cookie of a browser that you trust. The cookie may have been copied.",
  "email.done":
    "You no longer trust this browser, and all devices that logged in without your second factor since then have been logged out.",
  "email.advice": {
    select: "passwords",
    on: "If you don't recognize a login in your activity, change your password.",
    off: "If you don't recognize a login in your activity, use “This wasn't me”.",
  },
});
