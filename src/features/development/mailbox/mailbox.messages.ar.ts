/** Messages in Arabic; see mailbox.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./mailbox.messages.ts";

export const translation = translate(messages, "ar", {
  title: "صندوق الوارد",
  intro: "لم يُضبط SMTP، ولذلك تُعرض الرسائل هنا. للتطوير فقط.",
  empty: "لا توجد رسائل بعد.",
  sent: "إلى {email} · {when}",
});
