/** Messages in Arabic; see sessions.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./sessions.messages.ts";

export const translation = translate(messages, "ar", {
  title: "الجلسات",
  "card.text": "اطّلع على أماكن تسجيل دخولك، وسجّل الخروج من الأجهزة التي لا تعرفها.",
  badge: {
    plural: "count",
    zero: "لا جلسات",
    one: "جلسة واحدة",
    two: "جلستان",
    few: "{count} جلسات",
    many: "{count} جلسة",
    other: "{count} جلسة",
  },
  "check.title": {
    plural: "count",
    zero: "ليس لديك جلسات نشطة",
    one: "لديك جلسة نشطة واحدة",
    two: "لديك جلستان نشطتان",
    few: "لديك {count} جلسات نشطة",
    many: "لديك {count} جلسة نشطة",
    other: "لديك {count} جلسة نشطة",
  },
  "check.hint": "سجّل الخروج من أي جهاز لا تستخدمه أو لا تعرفه.",
  "check.action": "الجلسات",
  lead: "هل ترى جهازًا لا تعرفه؟ سجّل الخروج منه و{link}.",
  leadLogOut: "هل ترى جهازًا لا تعرفه؟ سجّل الخروج منه.",
  changePassword: "غيّر كلمة مرورك",
  thisDevice: "هذا الجهاز",
  logOut: "تسجيل الخروج",
  logOutDevice: "تسجيل الخروج من {device}، عنوان IP: {ip}",
  logOutOthers: "تسجيل الخروج من جميع الأجهزة الأخرى",
  ended: "تم تسجيل الخروج من الجهاز.",
  othersEnded: "تم تسجيل الخروج من جميع الأجهزة الأخرى.",
  alreadyEnded: "سبق تسجيل الخروج من هذا الجهاز.",
  thisSession: "هذا هو الجهاز الذي تستخدمه الآن. لتسجيل الخروج منه، اختر «تسجيل الخروج».",
  choose: "اختر جهازًا لتسجيل الخروج منه، أو سجّل الخروج من جميع الأجهزة الأخرى.",
  "event.other-sessions-ended": "تسجيل الخروج من جميع الأجهزة الأخرى",
});
