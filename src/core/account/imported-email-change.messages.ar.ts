/** Messages in Arabic; see imported-email-change.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./imported-email-change.messages.ts";

export const translation = translate(messages, "ar", {
  "email.left.intro":
    "غُيِّر البريد الإلكتروني لحسابك على {siteName} في تطبيقنا السابق، فغيّرناه هنا أيضًا. سنرسل رسائلنا من الآن فصاعدًا إلى {email}.",
  "email.left.advice": "إذا لم تكن أنت من فعل ذلك، أو أردت الاحتفاظ بهذا البريد الإلكتروني، فتراجع عن التغيير خلال 72 ساعة.",
  "email.changed.intro": {
    select: "loginWith",
    email: "غُيِّر البريد الإلكتروني لحسابك على {siteName} إلى هذا البريد في تطبيقنا السابق. استخدمه لتسجيل الدخول من الآن فصاعدًا.",
    username: "غُيِّر البريد الإلكتروني لحسابك على {siteName} إلى هذا البريد في تطبيقنا السابق. ما زلت تسجّل الدخول باسم المستخدم.",
    both: "غُيِّر البريد الإلكتروني لحسابك على {siteName} إلى هذا البريد في تطبيقنا السابق. استخدمه أو استخدم اسم المستخدم لتسجيل الدخول من الآن فصاعدًا.",
  },
  "email.changed.devices": "تم تسجيل الخروج من جميع الأجهزة.",
});
