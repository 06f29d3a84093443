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
    two: "رسالتين",
    few: "{count} رسائل",
    many: "{count} رسالة",
    other: "{count} رسالة",
  },
  limitMinutes: {
    plural: "count",
    zero: "ما يصل إلى {emails}.",
    one: "ما يصل إلى {emails} كل دقيقة.",
    two: "ما يصل إلى {emails} كل دقيقتين.",
    few: "ما يصل إلى {emails} كل {count} دقائق.",
    many: "ما يصل إلى {emails} كل {count} دقيقة.",
    other: "ما يصل إلى {emails} كل {count} دقيقة.",
  },
  limitHours: {
    plural: "count",
    zero: "ما يصل إلى {emails}.",
    one: "ما يصل إلى {emails} كل ساعة.",
    two: "ما يصل إلى {emails} كل ساعتين.",
    few: "ما يصل إلى {emails} كل {count} ساعات.",
    many: "ما يصل إلى {emails} كل {count} ساعة.",
    other: "ما يصل إلى {emails} كل {count} ساعة.",
  },
  limitDays: {
    plural: "count",
    zero: "ما يصل إلى {emails}.",
    one: "ما يصل إلى {emails} كل يوم.",
    two: "ما يصل إلى {emails} كل يومين.",
    few: "ما يصل إلى {emails} كل {count} أيام.",
    many: "ما يصل إلى {emails} كل {count} يومًا.",
    other: "ما يصل إلى {emails} كل {count} يوم.",
  },
  wrongEmail: "هل البريد الإلكتروني خاطئ؟",
  wrongEmailHint: {
    select: "sends",
    code: "سنرسل إليك رمزًا جديدًا.",
    link: "سنرسل إليك رابطًا جديدًا.",
  },
  correct: "تغيير",
});
