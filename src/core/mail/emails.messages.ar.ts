/** Messages in Arabic; see emails.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./emails.messages.ts";

export const translation = translate(messages, "ar", {
  greeting: "مرحبًا {name}،",
  codePreheader: "{code} هو رمزك على {siteName}.",
  copyLink: "أو انسخ هذا الرابط إلى متصفحك: {url}",
  when: "الوقت",
  device: "الجهاز",
  ip: "عنوان IP",
  expected: "إذا كنت أنت من فعل ذلك، فلا يلزمك فعل شيء.",
  reason: "تصلك هذه الرسالة لأن لديك حسابًا على {siteName}.",
  reasonUnverified: "تصلك هذه الرسالة لأن بريدك الإلكتروني أُدخل لحساب على {siteName}.",
});
