/** Messages in Arabic; see language.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./language.messages.ts";

export const translation = translate(messages, "ar", {
  title: "اللغة",
  intro: "اختر لغة هذا الموقع.",
  hint: "للصفحات وللرسائل التي نرسلها إليك.",
  submit: "حفظ",
  changed: "تم تغيير اللغة.",
  choose: "اختر لغة من القائمة.",
  "event.language-changed": "تغيير اللغة",
});
