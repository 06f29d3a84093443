/** Messages in Arabic; see settings-link.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./settings-link.messages.ts";

export const translation = translate(messages, "ar", {
  back: "العودة إلى الإعدادات",
  goBack: "رجوع",
});
