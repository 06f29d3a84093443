/** Messages in Arabic; see events.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./events.messages.ts";

export const translation = translate(messages, "ar", {
  "event.signed-up": "تم إنشاء الحساب",
  "event.logged-in": "تسجيل دخول",
  "event.login-failed": "إدخال كلمة مرور غير صحيحة",
  "event.login-limited": "حظر تسجيل الدخول مؤقتًا بعد محاولات فاشلة كثيرة",
  "event.login-step-due": "بدء تسجيل دخول مع بقاء خطوة أخرى",
  "event.login-step-failed": "فشل الخطوة الثانية من تسجيل الدخول",
  "event.password-locked": "قفل كلمة المرور بعد محاولات فاشلة كثيرة",
  "event.reauthenticated": "تأكيد الهوية",
  "event.reauthentication-failed": "فشل تأكيد الهوية",
  "event.session-migrated": "نقل الجلسة من التطبيق السابق",
  "event.session-ended": "تسجيل الخروج من جهاز",
  "event.logged-out": "تسجيل خروج",
  "event.email-changed": "تغيير البريد الإلكتروني",
  "event.email-change-undone": "التراجع عن تغيير البريد الإلكتروني",
  "event.deletion-cancelled": "إلغاء حذف الحساب",
  "event.account-imported": "استيراد الحساب من قِبل مسؤول",
  "event.account-created-by-admin": "إنشاء الحساب من قِبل مسؤول",
  "event.account-erased-by-admin": "حذف الحساب من قِبل مسؤول",
  "event.account-disabled": "تعطيل الحساب من قِبل مسؤول",
  "event.account-enabled": "تفعيل الحساب من قِبل مسؤول",
  "event.role-granted": "إضافة دور من قِبل مسؤول",
  "event.role-revoked": "إزالة دور من قِبل مسؤول",
  "event.password-set-by-admin": "تغيير كلمة المرور من قِبل مسؤول",
  "event.email-verified-by-admin": "وضع علامة على البريد الإلكتروني بأنه مؤكَّد من قِبل مسؤول",
  "event.session-ended-by-admin": "تسجيل الخروج من جهاز من قِبل مسؤول",
  "event.sessions-ended-by-admin": "تسجيل الخروج من جميع الأجهزة من قِبل مسؤول",
  "event.two-factor-reset-by-admin": "أعاد أحد المسؤولين ضبط المصادقة الثنائية",
  "event.database-restored": "استعادة نسخة احتياطية من قِبل مسؤول",
});
