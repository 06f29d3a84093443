/** Messages of signing up. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("signup", {
  created: "Account created successfully! Please log in.",
});
