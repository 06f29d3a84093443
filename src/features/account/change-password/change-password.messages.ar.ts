/** Messages in Arabic; see change-password.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-password.messages.ts";

export const translation = translate(messages, "ar", {
  title: "كلمة المرور",
  "card.text": "غيّر كلمة مرورك وسجّل الخروج من الأجهزة الأخرى.",
  notSet: "غير معيّنة",
  notSetHint: "يمكننا أن نرسل إليك رابطًا لتعيين واحدة.",
  notSetAskSite: "اطلب من القائمين على {siteName} تعيين واحدة.",
  contact: "اتصل بنا",
  submit: "تغيير كلمة المرور",
  forgot: "هل نسيت كلمة المرور؟ {link}",
  forgotLink: "أعد تعيينها بالبريد الإلكتروني",
  missing: "ليس لحسابك كلمة مرور. يمكننا أن نرسل إليك رابطًا لتعيين واحدة.",
  missingAskSite: "ليس لحسابك كلمة مرور. اطلب من القائمين على {siteName} تعيين واحدة.",
  setByEmail: "تعيين كلمة مرور",
  changed: "تم تغيير كلمة المرور، وتم تسجيل الخروج من أجهزتك الأخرى.",
  same: "هذه هي كلمة مرورك بالفعل. اختر كلمة أخرى.",
  "event.password-changed": "تغيير كلمة المرور",
  "email.subject": "تم تغيير كلمة مرورك",
  "email.intro": "تم تغيير كلمة مرورك وتسجيل الخروج من جميع الأجهزة الأخرى.",
});
