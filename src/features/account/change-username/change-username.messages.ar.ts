/** Messages in Arabic; see change-username.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-username.messages.ts";

export const translation = translate(messages, "ar", {
  title: "اسم المستخدم",
  current: "اسم المستخدم الخاص بك هو {username}.",
  released: "بعد التغيير، يمكن لغيرك استخدام اسم المستخدم القديم.",
  reserved: {
    plural: "days",
    zero: "بعد التغيير، لن يبقى اسم المستخدم القديم محجوزًا لك.",
    one: "بعد التغيير، يبقى اسم المستخدم القديم محجوزًا لك يومًا واحدًا.",
    two: "بعد التغيير، يبقى اسم المستخدم القديم محجوزًا لك يومين.",
    few: "بعد التغيير، يبقى اسم المستخدم القديم محجوزًا لك {days} أيام.",
    many: "بعد التغيير، يبقى اسم المستخدم القديم محجوزًا لك {days} يومًا.",
    other: "بعد التغيير، يبقى اسم المستخدم القديم محجوزًا لك {days} يوم.",
  },
  newUsername: "اسم المستخدم الجديد",
  submit: "تغيير اسم المستخدم",
  changed: "تم تغيير اسم المستخدم.",
  enter: "أدخل اسم مستخدم جديدًا.",
  same: "هذا هو اسم المستخدم الخاص بك بالفعل. اختر اسمًا آخر.",
  "event.username-changed": "تغيير اسم المستخدم",
  "email.subject": "تم تغيير اسم المستخدم الخاص بك",
  "email.intro": "تم تغيير اسم المستخدم الخاص بك.",
  "email.introWithNames": "تم تغيير اسم المستخدم الخاص بك من {before} إلى {after}.",
  "email.login": {
    select: "loginWith",
    email: "ما زلت تسجّل الدخول باستخدام بريدك الإلكتروني.",
    username: "استخدم الاسم الجديد لتسجيل الدخول من الآن فصاعدًا.",
    both: "ما زلت تسجّل الدخول باستخدام بريدك الإلكتروني، أو باسم المستخدم الجديد.",
  },
});
