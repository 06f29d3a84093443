/** Messages in Arabic; see enrolment-code.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./enrolment-code.messages.ts";

export const translation = translate(messages, "ar", {
  subject: "تفعيل المصادقة الثنائية على {siteName}",
  intro: "أدخل هذا الرمز لتفعيل المصادقة الثنائية لحسابك على {siteName}.",
  expiry: "تنتهي صلاحية الرمز خلال 10 دقائق، ولا يعمل إلا في المتصفح الذي طلبه. لا تعطِه لأي شخص.",
  notYou: {
    select: "thief",
    password: "إذا لم تطلب ذلك، فهناك من يعرف كلمة مرورك. غيّرها.",
    session: "إذا لم تطلب ذلك، فهناك شخص آخر مسجّل الدخول إلى حسابك. سجّل خروجه من الإعدادات.",
  },
  report: {
    select: "thief",
    password: "إذا لم تطلب ذلك، فهناك من يعرف كلمة مرورك. استخدم الرابط أدناه لقفلها وتسجيل الخروج من جميع الأجهزة.",
    session: "إذا لم تطلب ذلك، فهناك شخص آخر مسجّل الدخول إلى حسابك. استخدم الرابط أدناه لتسجيل الخروج من جميع الأجهزة.",
  },
});
