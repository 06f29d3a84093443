/** Messages in Arabic; see verification-email.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./verification-email.messages.ts";

export const translation = translate(messages, "ar", {
  "email.subject": "أكّد بريدك الإلكتروني على {siteName}",
  "email.intro": "أدخل هذا الرمز لتأكيد بريدك الإلكتروني على {siteName}:",
  "email.action": "تأكيد البريد الإلكتروني",
  "email.expiry": "تنتهي صلاحية الرمز بعد 10 دقائق، وصلاحية الرابط بعد 24 ساعة.",
  "email.late.intro": "افتح هذا الرابط لتأكيد بريدك الإلكتروني على {siteName}. تأخرت هذه الرسالة، ولذلك انتهت صلاحية رمزها.",
  "email.late.expiry": "تنتهي صلاحية الرابط بعد 24 ساعة من طلبك له.",
  "email.ignore": "إذا لم تطلب ذلك، فيمكنك تجاهل هذه الرسالة.",
});
