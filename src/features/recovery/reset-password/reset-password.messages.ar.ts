/** Messages in Arabic; see reset-password.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./reset-password.messages.ts";

export const translation = translate(messages, "ar", {
  asked: "إذا كان هناك حساب بهذا البريد الإلكتروني، فقد أرسلنا رابط إعادة التعيين. تنتهي صلاحيته بعد 30 دقيقة.",
  changed: "تم تغيير كلمة المرور وتسجيل خروجك من كل مكان. سجّل الدخول بكلمة مرورك الجديدة.",
  "event.password-reset-requested": "طلب إعادة تعيين كلمة المرور",
  "event.password-reset": "إعادة تعيين كلمة المرور",
  "option.link": "هل نسيت كلمة المرور؟",
  askTitle: "هل نسيت كلمة المرور؟",
  askIntro: "أدخل بريدك الإلكتروني وسنرسل إليك رابطًا لإعادة تعيين كلمة مرورك.",
  askButton: "إرسال الرابط",
  backToLogin: "العودة إلى تسجيل الدخول",
  chooseTitle: "اختر كلمة مرور جديدة",
  chooseFor: "يغيّر هذا كلمة مرور {email} ويسجّل الخروج من جميع الأجهزة.",
  chooseButton: "تغيير كلمة المرور",
  deadIntro: "تنتهي صلاحية روابط إعادة التعيين بعد 30 دقيقة، ويمكن استخدامها مرة واحدة. ولا يعمل إلا أحدث رابط.",
  deadProblem: "انتهت صلاحية هذا الرابط أو سبق استخدامه. اطلب رابطًا جديدًا.",
  deadAgain: "طلب رابط جديد",
  deadLogIn: "تسجيل الدخول",
  "email.reset.subject": "أعد تعيين كلمة مرورك على {siteName}",
  "email.reset.intro": "تلقّينا طلبًا لإعادة تعيين كلمة مرور حسابك على {siteName}.",
  "email.reset.action": "إعادة تعيين كلمة المرور",
  "email.reset.expiry": "تنتهي صلاحية هذا الرابط بعد 30 دقيقة، ويمكن استخدامه مرة واحدة. إذا لم تطلب ذلك، فيمكنك تجاهل هذه الرسالة.",
  "email.reset.expiryLocked":
    "تنتهي صلاحية هذا الرابط بعد 30 دقيقة، ويمكن استخدامه مرة واحدة. تبقى كلمة مرورك الحالية مقفلة حتى تختار كلمة جديدة.",
  "email.changed.subject": "تم تغيير كلمة مرورك",
  "email.changed.intro": "أُعيد تعيين كلمة مرور حسابك على {siteName} برابط أرسلناه إليك. تم تسجيل الخروج من جميع الأجهزة.",
});
