/** Messages in Arabic; see display-name.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./display-name.messages.ts";

export const translation = translate(messages, "ar", {
  title: "الاسم المعروض",
  hint: "{max} حرف على الأكثر. اتركه فارغًا لعرض اسم المستخدم.",
  submit: "حفظ",
  changed: "تم تغيير الاسم المعروض.",
  removed: "تمت إزالة الاسم المعروض. يُعرض اسم المستخدم بدلًا منه.",
  notText: "يحتوي الاسم المعروض على حرف غير صالح. اكتبه من جديد.",
  tooLong: "أدخل اسمًا معروضًا لا يزيد على {max} حرف.",
  invisible: "يحتوي الاسم المعروض على حرف غير مرئي. اكتبه بدلًا من لصقه.",
  empty: "أدخل اسمًا معروضًا فيه حرف أو رقم أو رمز واحد على الأقل.",
  "event.display-name-changed": "تغيير الاسم المعروض",
});
