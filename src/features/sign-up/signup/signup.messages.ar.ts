/** Messages in Arabic; see signup.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./signup.messages.ts";

export const translation = translate(messages, "ar", {
  title: "إنشاء حساب",
  logInQuestion: "هل لديك حساب؟ {link}",
  logIn: "سجّل الدخول",
  emailTaken: "يوجد حساب بهذا البريد الإلكتروني بالفعل. سجّل الدخول أو استخدم بريدًا آخر.",
  created: "تم إنشاء حسابك بنجاح. سجّل الدخول الآن.",
  "event.signup-tried": "محاولة إنشاء حساب ببريدك الإلكتروني",
  "option.question": "أليس لديك حساب؟",
  "email.subject": "لديك حساب على {siteName} بالفعل",
  "email.intro": "حاول شخص إنشاء حساب على {siteName} بهذا البريد الإلكتروني. لديك حساب بالفعل، ولذلك لم يتغيّر شيء.",
  "email.action": "تسجيل الدخول",
  "email.forgot": "هل نسيت كلمة المرور؟",
  "email.reason": "تصلك هذه الرسالة لأن لديك حسابًا على {siteName}. إذا لم تحاول إنشاء حساب من جديد، فيمكنك تجاهلها.",
});
