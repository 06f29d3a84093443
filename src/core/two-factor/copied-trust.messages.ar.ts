/** Messages in Arabic; see copied-trust.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./copied-trust.messages.ts";

export const translation = translate(messages, "ar", {
  "email.subject": "ربما نُسخ متصفح كنت تثق به",
  "email.intro": "استُخدم عند تسجيل الدخول إلى {siteName} ملف تعريف ارتباط قديم لمتصفح تثق به، وربما نُسخ هذا الملف.",
  "email.done": "لم يعد هذا المتصفح موثوقًا، وسُجّل الخروج من جميع الأجهزة التي سُجّل الدخول فيها منذ ذلك الحين دون عاملك الثاني.",
  "email.advice": {
    select: "passwords",
    on: "إذا لم تتعرّف في نشاطك على أحد عمليات تسجيل الدخول، فغيّر كلمة مرورك.",
    off: "إذا رأيت في نشاطك تسجيل دخول لا تعرفه، فاختر «لم أكن أنا».",
  },
});
