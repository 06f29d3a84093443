/** Messages in Arabic; see change-email.emails.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-email.emails.messages.ts";

export const translation = translate(messages, "ar", {
  "email.code.subject": "أكّد بريدك الإلكتروني الجديد على {siteName}",
  "email.code.intro": "أدخل هذا الرمز لتغيير بريدك الإلكتروني على {siteName}:",
  "email.code.action": "تأكيد البريد الإلكتروني الجديد",
  "email.code.expiry": "تنتهي صلاحية الرمز بعد 10 دقائق، ولا يعمل إلا في المتصفح الذي طلبته منه.",
  "email.code.linkExpiry": "تنتهي صلاحية الرابط بعد ساعة، ويعمل في أي متصفح سجّلت فيه الدخول.",
  "email.code.ignore": "إذا لم تطلب ذلك، فيمكنك تجاهل هذه الرسالة.",
  "email.wanted.subject": "حاول حساب آخر استخدام بريدك الإلكتروني",
  "email.wanted.intro": "حاول حساب آخر على {siteName} استخدام بريدك الإلكتروني. لم يتغيّر شيء.",
  "email.wanted.own": "إذا كان الحسابان لك، فغيّر البريد الإلكتروني لهذا الحساب أو احذفه أولًا.",
  "email.left.subject": "تم تغيير بريدك الإلكتروني",
  "email.left.intro": "غُيِّر البريد الإلكتروني لحسابك. سنرسل رسائلنا من الآن فصاعدًا إلى {email}.",
  "email.left.expected": "إذا كنت أنت من فعل ذلك، فلا يلزمك فعل شيء. وإن لم تكن أنت، فيمكنك التراجع عن التغيير خلال 72 ساعة.",
  "email.left.action": "التراجع عن التغيير",
  "email.left.report":
    "إذا كان من المحتمل أن يكون شخص آخر قد دخل إلى حسابك، فاختر «لم أكن أنا» بدلًا من ذلك. وسيؤدي هذا أيضًا إلى قفل كلمة مرورك حتى تعيد تعيينها.",
  "email.unverified.subject": "لم يعد بريدك الإلكتروني مستخدمًا على {siteName}",
  "email.unverified.intro": "كان أحد الحسابات على {siteName} يستخدم هذا البريد الإلكتروني دون تأكيده. وهو يستخدم الآن بريدًا آخر.",
  "email.changed.subject": "حسابك يستخدم الآن هذا البريد الإلكتروني",
  "email.changed.intro": "غُيِّر البريد الإلكتروني لحسابك إلى هذا البريد. استخدمه لتسجيل الدخول من الآن فصاعدًا.",
  "email.changed.devices": "تم تسجيل الخروج من جميع الأجهزة الأخرى.",
});
