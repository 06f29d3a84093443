/** Messages in Arabic; see change-email.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-email.messages.ts";

export const translation = translate(messages, "ar", {
  title: "البريد الإلكتروني",
  "badge.verified": "مؤكَّد",
  "badge.unverified": "غير مؤكَّد",
  "action.verify": "تأكيد",
  pending: "ننتظر أن تؤكّد {email}. {enterCode} أو {cancel}. ويحلّ أي طلب جديد محلّ هذا الطلب.",
  pendingEnterCode: "أدخل الرمز",
  pendingCancel: "ألغِ التغيير",
  current: "بريدك الإلكتروني هو {email}. ولن يتغيّر حتى تؤكّد البريد الجديد.",
  newEmail: "البريد الإلكتروني الجديد",
  send: "إرسال رمز التحقق",
  sent: "أدخل الرمز المكوّن من 6 أرقام الذي أرسلناه إلى {email}. لن يتغيّر بريدك الإلكتروني قبل ذلك.",
  change: "تغيير البريد الإلكتروني",
  sentAgain: "أرسلنا رمزًا جديدًا.",
  verify: "أكّد بريدك الإلكتروني الجديد",
  verifyText: {
    select: "loginWith",
    email: "ستسجّل الدخول باستخدام {email} من الآن فصاعدًا، وسيتم تسجيل الخروج من أجهزتك الأخرى.",
    username: "سيصبح بريدك الإلكتروني {email}، وسيتم تسجيل الخروج من أجهزتك الأخرى.",
    both: "يمكنك تسجيل الدخول باستخدام {email} من الآن فصاعدًا، وسيتم تسجيل الخروج من أجهزتك الأخرى.",
  },
  cancel: "إلغاء التغيير",
  cancelText: "سيتوقف عمل الرمز والرابط اللذين أرسلناهما إلى {email}.",
  nothingPending: "لا يوجد تغيير معلّق للبريد الإلكتروني",
  nothingText: "ربما اكتمل التغيير بالفعل، أو انتهت صلاحية الطلب.",
  changeAgain: "تغيير بريدك الإلكتروني",
  changed: "تم تغيير البريد الإلكتروني، وتم تسجيل الخروج من أجهزتك الأخرى.",
  cancelled: "تم إلغاء تغيير البريد الإلكتروني.",
  enterEmail: "أدخل بريدك الإلكتروني الجديد.",
  same: "هذا هو بريدك الإلكتروني بالفعل. أدخل بريدًا آخر.",
  deadLink: "انتهت صلاحية هذا الرابط، أو سبق استخدامه، أو أنه يخصّ حسابًا آخر. اطلب رابطًا جديدًا.",
  taken: "هذا البريد الإلكتروني يستخدمه الآن حساب آخر، ولذلك لم يتغيّر بريدك.",
  "event.email-change-requested": "طلب تغيير البريد الإلكتروني",
  "event.email-change-withdrawn": "إلغاء تغيير البريد الإلكتروني",
});
