/** Messages in German; see forward-auth.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./forward-auth.messages.ts";

export const translation = translate(messages, "de", {
  notGuarded: "Dieser Host steht nicht in FORWARD_AUTH_HOSTS.",
});
