/** Messages in Arabic; see forward-auth.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./forward-auth.messages.ts";

export const translation = translate(messages, "ar", {
  notGuarded: "هذا المضيف غير مدرج في FORWARD_AUTH_HOSTS.",
});
