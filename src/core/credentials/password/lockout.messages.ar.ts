/** Messages in Arabic; see lockout.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./lockout.messages.ts";

export const translation = translate(messages, "ar", {
  "email.subject": "تم قفل كلمة مرورك",
  "email.intro": "سُجّلت محاولات دخول فاشلة متتالية إلى حسابك، وعددها {count}.",
  "email.advice": "لحماية حسابك قفلنا كلمة مرورك. أعد تعيينها لتسجيل الدخول من جديد.",
  "email.reset": "إعادة تعيين كلمة المرور",
  "email.logIn": "تسجيل الدخول",
});
