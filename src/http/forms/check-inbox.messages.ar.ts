/** Messages in Arabic; see check-inbox.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./check-inbox.messages.ts";

export const translation = translate(messages, "ar", {
  title: "راجع صندوق بريدك",
  helpTitle: "ألم تصلك الرسالة؟",
  spam: "راجع مجلد الرسائل غير المرغوب فيها",
  spamHint: "قد يستغرق وصول الرسائل دقيقة أو دقيقتين.",
  again: "طلب رسالة أخرى",
  againButton: "إعادة الإرسال",
  limitMinutes: {
    plural: "count",
    zero: "الحد لكل صندوق بريد: {emails}.",
    one: "الحد لكل صندوق بريد: {emails} في الدقيقة.",
    two: "الحد لكل صندوق بريد: {emails} في دقيقتين.",
    few: "الحد لكل صندوق بريد: {emails} في {count} دقائق.",
    many: "الحد لكل صندوق بريد: {emails} في {count} دقيقة.",
    other: "الحد لكل صندوق بريد: {emails} في {count} دقيقة.",
  },
  limitHours: {
    plural: "count",
    zero: "الحد لكل صندوق بريد: {emails}.",
    one: "الحد لكل صندوق بريد: {emails} في الساعة.",
    two: "الحد لكل صندوق بريد: {emails} في ساعتين.",
    few: "الحد لكل صندوق بريد: {emails} في {count} ساعات.",
    many: "الحد لكل صندوق بريد: {emails} في {count} ساعة.",
    other: "الحد لكل صندوق بريد: {emails} في {count} ساعة.",
  },
  limitDays: {
    plural: "count",
    zero: "الحد لكل صندوق بريد: {emails}.",
    one: "الحد لكل صندوق بريد: {emails} في اليوم.",
    two: "الحد لكل صندوق بريد: {emails} في يومين.",
    few: "الحد لكل صندوق بريد: {emails} في {count} أيام.",
    many: "الحد لكل صندوق بريد: {emails} في {count} يومًا.",
    other: "الحد لكل صندوق بريد: {emails} في {count} يوم.",
  },
  wrongEmail: "هل البريد الإلكتروني خاطئ؟",
  wrongEmailHint: "صحّحه لتصلك رسالة جديدة.",
  correct: "تصحيح البريد الإلكتروني",
});
