/** Messages in Arabic; see logout.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./logout.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تسجيل الخروج",
  notLoggedIn: "لست مسجّل الدخول",
  logIn: "تسجيل الدخول",
  question: "هل تريد تسجيل الخروج؟",
  intro: "أنت مسجّل الدخول باسم {username}. ينهي تسجيل الخروج هذه الجلسة، وتبقى أجهزتك الأخرى مسجّلة الدخول.",
  button: "تسجيل الخروج",
  stay: "البقاء مسجّل الدخول",
  loggedOut: "تم تسجيل خروجك بنجاح.",
});
