/** Messages in Arabic; see export-data.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./export-data.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تصدير بياناتك",
  "card.text": "نزّل كل ما نخزّنه عنك.",
  intro: {
    select: "passwords",
    on: "نزّل ملفًا يضم حسابك وجلساتك ونشاطك والرسائل التي لم تُرسل بعد. لا يتضمن الملف كلمات المرور والروابط.",
    off: "نزّل ملفًا يضم حسابك وجلساتك ونشاطك والرسائل التي لم تُرسل بعد. لا يتضمن الملف الروابط.",
  },
  submit: "تنزيل",
  "event.exported": "تصدير البيانات",
});
