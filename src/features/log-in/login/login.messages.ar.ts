/** Messages in Arabic; see login.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./login.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تسجيل الدخول",
  continueTo: "سجّل الدخول للمتابعة إلى {host}.",
  badCredentials: "البريد الإلكتروني أو كلمة المرور غير صحيحة.",
  badOrUnverified: "البريد الإلكتروني أو كلمة المرور غير صحيحة، أو لم يُؤكَّد البريد الإلكتروني بعد.",
  verifyQuestion: "لم تؤكّده بعد؟ {link}",
  verifyLink: "أكّد بريدك الإلكتروني",
  remember: "تذكّرني",
  rememberHint: "ابقَ مسجّلًا على هذا الجهاز. لا يُنصح بذلك على الأجهزة المشتركة.",
  alreadyLoggedIn: "سجّلت الدخول باسم {username}. {link}، أو سجّل الدخول أدناه لتبديل الحساب.",
  dashboard: "انتقل إلى لوحة المعلومات",
  continue: "تابع",
  continueToHost: "تابع إلى {host}",
});
