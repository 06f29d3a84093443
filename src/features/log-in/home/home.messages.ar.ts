/** Messages in Arabic; see home.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./home.messages.ts";

export const translation = translate(messages, "ar", {
  title: "مرحبًا",
  heading: "{siteName}",
  lead: "أنشئ حسابًا أو سجّل الدخول.",
  leadClosed: "سجّل الدخول إلى حسابك.",
  signUp: "إنشاء حساب",
  logIn: "تسجيل الدخول",
  loggedInAs: "أنت مسجّل الدخول باسم {name}.",
  dashboard: "الانتقال إلى لوحة المعلومات",
  continue: "متابعة",
});
