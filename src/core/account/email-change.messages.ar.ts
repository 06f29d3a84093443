/** Messages in Arabic; see email-change.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./email-change.messages.ts";

export const translation = translate(messages, "ar", {
  "email.left.subject": "تم تغيير بريدك الإلكتروني",
  "email.left.action": "التراجع عن التغيير",
  "email.unverified.subject": "لم يعد بريدك الإلكتروني مستخدمًا على {siteName}",
  "email.unverified.intro": "كان أحد الحسابات على {siteName} يستخدم هذا البريد الإلكتروني دون تأكيده. وهو يستخدم الآن بريدًا آخر.",
  "email.unverified.reason": "تصلك هذه الرسالة لأن حسابًا على {siteName} كان يستخدم بريدك الإلكتروني حتى الآن.",
  "email.changed.subject": "حسابك يستخدم الآن هذا البريد الإلكتروني",
});
