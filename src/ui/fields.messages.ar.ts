/** Messages in Arabic; see fields.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./fields.messages.ts";

export const translation = translate(messages, "ar", {
  problemPrefix: "خطأ:",
  summaryTitle: "توجد مشكلة",
  show: "إظهار",
  hide: "إخفاء",
  showPassword: "إظهار كلمة المرور",
  hidePassword: "إخفاء كلمة المرور",
  strengthVeryWeak: "ضعيفة جدًا: يسهل تخمينها.",
  strengthWeak: "ضعيفة: أضف كلمات أخرى.",
  strengthFair: "متوسطة: أضف كلمة أخرى.",
  strengthGood: "قوية.",
  strengthVeryGood: "قوية جدًا.",
  none: "بلا",
  chooseOne: "اختر واحدًا",
});
