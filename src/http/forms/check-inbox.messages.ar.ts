/** Messages in Arabic; see check-inbox.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./check-inbox.messages.ts";

export const translation = translate(messages, "ar", {
  title: "راجع صندوق بريدك",
  helpTitle: "ألم تصلك الرسالة؟",
  spam: "راجع مجلد الرسائل غير المرغوب فيها",
  spamHint: "قد يستغرق وصول الرسائل دقيقة أو دقيقتين.",
  again: "إعادة إرسال الرسالة",
  againButton: "إعادة الإرسال",
  emails: {
    plural: "count",
    zero: "{count} رسالة",
    one: "رسالة واحدة",
    two: "رسالتان",
    few: "{count} رسائل",
    many: "{count} رسالة",
    other: "{count} رسالة",
  },
  limitMinutes: {
    plural: "count",
    zero: "{emails} كحدٍّ أقصى.",
    one: "{emails} كحدٍّ أقصى كل دقيقة.",
    two: "{emails} كحدٍّ أقصى كل دقيقتين.",
    few: "{emails} كحدٍّ أقصى كل {count} دقائق.",
    many: "{emails} كحدٍّ أقصى كل {count} دقيقة.",
    other: "{emails} كحدٍّ أقصى كل {count} دقيقة.",
  },
  limitHours: {
    plural: "count",
    zero: "{emails} كحدٍّ أقصى.",
    one: "{emails} كحدٍّ أقصى كل ساعة.",
    two: "{emails} كحدٍّ أقصى كل ساعتين.",
    few: "{emails} كحدٍّ أقصى كل {count} ساعات.",
    many: "{emails} كحدٍّ أقصى كل {count} ساعة.",
    other: "{emails} كحدٍّ أقصى كل {count} ساعة.",
  },
  limitDays: {
    plural: "count",
    zero: "{emails} كحدٍّ أقصى.",
    one: "{emails} كحدٍّ أقصى كل يوم.",
    two: "{emails} كحدٍّ أقصى كل يومين.",
    few: "{emails} كحدٍّ أقصى كل {count} أيام.",
    many: "{emails} كحدٍّ أقصى كل {count} يومًا.",
    other: "{emails} كحدٍّ أقصى كل {count} يوم.",
  },
  wrongEmail: "هل البريد الإلكتروني خاطئ؟",
  wrongEmailHint: {
    select: "sends",
    code: "سنرسل إليك رمزًا جديدًا.",
    link: "سنرسل إليك رابطًا جديدًا.",
  },
  correct: "تغيير",
});
