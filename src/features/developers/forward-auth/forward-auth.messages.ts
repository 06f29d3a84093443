/** Messages of forward auth. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("forward-auth", {
  notGuarded: "This host is not listed in FORWARD_AUTH_HOSTS.",
});
