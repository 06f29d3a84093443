/** Messages in Arabic; see enrolment.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./enrolment.messages.ts";

export const translation = translate(messages, "ar", {
  twoFactorRequired: "فعّل المصادقة الثنائية للمتابعة.",
  emailCodeRequired: "أدخل أولًا الرمز المُرسَل إلى البريد الإلكتروني لحسابك.",
  verifyEmailFirst: "أكّد بريدك الإلكتروني أولًا، ثم يمكنك إعداد طرق أخرى لتسجيل الدخول.",
  verifyEmail: "تأكيد البريد الإلكتروني",
  addEmailFirst: "أضف بريدًا إلكترونيًا أولًا، ثم يمكنك إعداد طرق أخرى لتسجيل الدخول.",
  addEmail: "إضافة بريد إلكتروني",
  secondFactorRequired: "أكّد هويتك بعاملك الثاني للمتابعة.",
  notice: "يحتاج حسابك إلى المصادقة الثنائية ابتداءً من {date}. {link}",
  until: "يحتاج حسابك إلى المصادقة الثنائية ابتداءً من {date}.",
  noticeLink: "فعّلها الآن",
  mayNotTurnOff: "يحتاج حسابك إلى المصادقة الثنائية، فلا يمكنك تعطيلها ولا إزالة عاملها الأخير. لاستبداله أضف عاملًا آخر أولًا.",
});
