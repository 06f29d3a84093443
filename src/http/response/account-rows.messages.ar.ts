/** Messages in Arabic; see account-rows.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./account-rows.messages.ts";

export const translation = translate(messages, "ar", {
  from: "{device} · {ip}",
  unknownIp: "عنوان IP غير معروف",
  noEmail: "لا يوجد بريد إلكتروني",
  times: "آخر نشاط {lastUsed} · تسجيل الدخول {loggedIn}",
});
