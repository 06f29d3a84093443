/** Messages of the offer to add a passkey. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("offer", {
  title: "Log in faster next time",
  text: "Use your fingerprint, face or screen lock instead of your password. Passkeys also protect you from fake login pages.",
  add: "Add a passkey",
  later: "Not now",
});
