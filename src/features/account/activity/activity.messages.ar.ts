/** Messages in Arabic; see activity.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./activity.messages.ts";

export const translation = translate(messages, "ar", {
  title: "النشاط",
  "card.text": "راجع عمليات تسجيل الدخول والتغييرات في حسابك.",
  "check.title": "آخر تسجيل دخول: {when}",
  "check.elsewhere": "آخر تسجيل دخول: {when}، من جهاز آخر",
  "check.device": "{device} · {ip}",
  "check.previous": "قبل ذلك: {when}",
  "check.action": "النشاط",
  lead: "هل ترى شيئًا لا تعرفه؟ {link} لتسجيل الخروج من جميع الأجهزة الأخرى.",
  leadSessions: "هل ترى شيئًا لا تعرفه؟ {link}",
  endSessions: "سجّل الخروج من أجهزتك الأخرى",
  changePassword: "غيّر كلمة مرورك",
  empty: "لا توجد أحداث أخرى.",
  older: "أحداث أقدم",
});
