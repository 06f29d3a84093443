/** Messages in Arabic; see authenticate.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./authenticate.messages.ts";

export const translation = translate(messages, "ar", {
  loginRequired: "سجّل الدخول للوصول إلى هذه الصفحة.",
  loggedInAs: "أنت مسجّل الدخول باسم {username}.",
});
