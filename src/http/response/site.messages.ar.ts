/** Messages in Arabic; see site.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./site.messages.ts";

export const translation = translate(messages, "ar", {
  profile: "الملف الشخصي",
  security: "الأمان",
  data: "بياناتك",
  more: "المزيد",
  terms: "الشروط",
  privacy: "الخصوصية",
  contact: "اتصل بنا",
});
