/** Messages in Arabic; see two-factor-enrolment.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./two-factor-enrolment.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تأكيد هويتك",
  intro: "يشترط هذا الموقع المصادقة الثنائية. قبل تفعيلها، سنرسل رمزًا إلى {email} للتأكد من أنك صاحب الحساب.",
  send: "إرسال رمز بالبريد الإلكتروني",
  sent: "أدخل الرمز الذي أرسلناه إلى {email}.",
  confirm: "متابعة",
  sentAgain: "أُرسل الرمز.",
  unverified: "أكّد أولًا بريدك الإلكتروني {email}، ثم فعّل المصادقة الثنائية.",
  none: "أضف أولًا بريدًا إلكترونيًا إلى حسابك، ثم فعّل المصادقة الثنائية.",
  unverifiedError: {
    select: "email",
    unverified: "أكّد بريدك الإلكتروني أولًا.",
    none: "أضف بريدًا إلكترونيًا أولًا.",
  },
  nothingToConfirm: "لا يوجد هنا ما يحتاج إلى تأكيد.",
});
