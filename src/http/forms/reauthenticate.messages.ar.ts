/** Messages in Arabic; see reauthenticate.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./reauthenticate.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تأكيد هويتك",
  intro: "يحمي هذا حسابك إذا استخدم شخص آخر هذا الجهاز.",
  password: "كلمة المرور الحالية",
  continue: "متابعة",
  withPassword: "تأكيد بكلمة المرور",
  required: "أكّد هويتك للمتابعة.",
  enterPassword: "أدخل كلمة مرورك الحالية.",
  locked: "كلمة مرورك مقفلة. أعد تعيينها للمتابعة.",
  noPassword: "ليس لحسابك كلمة مرور. يمكننا أن نرسل إليك رابطًا لتعيين واحدة.",
  noPasswordAskSite: "ليس لحسابك كلمة مرور. اطلب من القائمين على {siteName} تعيين واحدة.",
  confirmByLogin: "سجّل الدخول من جديد لتأكيد هويتك.",
  logInAgain: "تسجيل الدخول من جديد",
  sessionEnded: "انتهت جلستك. سجّل الدخول من جديد.",
});
