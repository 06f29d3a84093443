/** Messages in Arabic; see layout.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./layout.messages.ts";

export const translation = translate(messages, "ar", {
  errorTitle: "خطأ: {title}",
  skip: "الانتقال إلى المحتوى",
  mainNavigation: "القائمة الرئيسية",
  logIn: "تسجيل الدخول",
  signUp: "إنشاء حساب",
  dashboard: "لوحة المعلومات",
  settings: "الإعدادات",
  menu: "القائمة",
  settingsMenu: "قائمة الإعدادات",
  breadcrumb: "مسار التنقل",
  logOut: "تسجيل الخروج",
  language: "اللغة",
  loggedInAs: "أنت مسجّل الدخول باسم {username}",
});
