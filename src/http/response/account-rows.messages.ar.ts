/** Messages in Arabic; see account-rows.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./account-rows.messages.ts";

export const translation = translate(messages, "ar", {
  "logged-in": "تسجيل الدخول باستخدام {provider}",
  "role-granted": "إضافة دور من {provider}",
  "role-revoked": "إزالة دور من {provider}",
  withProvider: "{event} ({provider})",
  from: "{device} · {ip}",
  unknownIp: "عنوان IP غير معروف",
  noEmail: "لا يوجد بريد إلكتروني",
  times: "آخر نشاط {lastUsed} · تسجيل الدخول {loggedIn}",
});
