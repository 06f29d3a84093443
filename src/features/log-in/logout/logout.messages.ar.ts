/** Messages in Arabic; see logout.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./logout.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تسجيل الخروج",
  notLoggedIn: "لم تسجّل الدخول",
  logIn: "تسجيل الدخول",
  question: "هل تريد تسجيل الخروج؟",
  intro: "سجّلت الدخول باسم {username}. ينهي تسجيل الخروج هذه الجلسة، وتبقى أجهزتك الأخرى مسجّلة.",
  button: "تسجيل الخروج",
  stay: "البقاء مسجّلًا",
  loggedOut: "تم تسجيل خروجك بنجاح.",
});
