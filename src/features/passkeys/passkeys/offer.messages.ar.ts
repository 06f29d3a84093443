/** Messages in Arabic; see offer.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./offer.messages.ts";

export const translation = translate(messages, "ar", {
  title: "سجّل الدخول أسرع في المرة القادمة",
  text: "استخدم بصمة إصبعك أو وجهك أو قفل الشاشة بدلًا من كلمة مرورك. وتحميك مفاتيح المرور أيضًا من صفحات الدخول المزيفة.",
  add: "إضافة مفتاح مرور",
  later: "ليس الآن",
});
