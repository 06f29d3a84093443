/** Messages in Arabic; see emails.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./emails.messages.ts";

export const translation = translate(messages, "ar", {
  greeting: "مرحبًا،",
  greetingByName: "مرحبًا {name}،",
  copyLink: "أو انسخ هذا الرابط إلى متصفحك: {url}",
  notice: "الوقت: {when} · عنوان IP: {ip}",
  noticeWithDevice: "الوقت: {when} · الجهاز: {device} · عنوان IP: {ip}",
});
