/** Messages in Arabic; see mailbox.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./mailbox.messages.ts";

export const translation = translate(messages, "ar", {
  title: "صندوق الوارد",
  intro: "لم يُضبط SMTP، ولذلك تُعرض الرسائل هنا. للتطوير فقط.",
  empty: "لا توجد رسائل بعد.",
  emptyHint: "تظهر الرسائل هنا فور أن يرسلها التطبيق، كما يحدث عند إنشاء حساب.",
  list: "الرسائل",
  back: "العودة إلى صندوق الوارد",
  recipient: "إلى {email}",
  sent: "إلى {email} · {when}",
  sentKind: "إلى {email} · {when} · {kind}",
  parts: "أجزاء الرسالة",
  preview: "معاينة",
  text: "النص",
  source: "المصدر",
  previewOf: "معاينة الرسالة",
  justSent: "التطوير: أُرسلت رسالة للتو. {link}",
  openInbox: "افتح صندوق الوارد.",
});
