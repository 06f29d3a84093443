/** Messages in Arabic; see passkey-notices.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./passkey-notices.messages.ts";

export const translation = translate(messages, "ar", {
  unnamed: "مفتاح مرور",
  "added.subject": "أُضيف مفتاح مرور إلى حسابك",
  "added.intro": "أصبح بالإمكان تسجيل الدخول إلى حسابك بمفتاح المرور «{name}».",
  "removed.subject": "أُزيل مفتاح مرور من حسابك",
  "removed.intro": "لم يعد بالإمكان تسجيل الدخول إلى حسابك بمفتاح المرور «{name}».",
  "removed.device": "قد يظل جهازك يعرضه. يمكنك حذفه من الجهاز أيضًا.",
  "counter.subject": "لم يُقبل أحد مفاتيح المرور الخاصة بك",
  "counter.intro": "لم نقبل مفتاح المرور «{name}» لاحتمال أنه نُسخ.",
  "counter.advice": "سجّل الدخول بطريقة أخرى، وأزل هذا المفتاح من الإعدادات، وأضف مفتاحًا جديدًا.",
  "notSynced.subject": "لم يعد أحد مفاتيح المرور الخاصة بك متزامنًا",
  "notSynced.intro": "أصبح مفتاح المرور «{name}» موجودًا على جهاز واحد فقط.",
  "notSynced.advice": "إذا فقدت هذا الجهاز فقدت المفتاح. أضف مفتاح مرور ثانيًا، أو احتفظ بطريقة أخرى لتسجيل الدخول.",
});
