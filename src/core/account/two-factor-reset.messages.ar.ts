/** Messages in Arabic; see two-factor-reset.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./two-factor-reset.messages.ts";

export const translation = translate(messages, "ar", {
  "email.subject": "أُعيد ضبط المصادقة الثنائية",
  "email.intro": "أزال أحد مسؤولي {siteName} تطبيقات المصادقة ورموز الاسترداد والمتصفحات الموثوقة من حسابك، وسجّل خروج جميع الأجهزة.",
  "email.introWithPasskeys":
    "أزال أحد مسؤولي {siteName} مفاتيح المرور وتطبيقات المصادقة ورموز الاسترداد والمتصفحات الموثوقة من حسابك، وسجّل خروج جميع الأجهزة.",
  "email.why": "السبب المذكور: {reason}",
  "email.advice": "سجّل الدخول وأعد إعداد المصادقة الثنائية. إذا لم تطلب ذلك، فتواصل مع {siteName}.",
  "email.action": "تسجيل الدخول",
});
