/** Messages in Arabic; see access-token.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./access-token.messages.ts";

export const translation = translate(messages, "ar", {
  title: "رمز الوصول",
  intro: "احصل على رمز يعرّف بك لدى خدمة أخرى. تنتهي صلاحيته بعد خمس دقائق. حافظ على سرّيته.",
  serviceLabel: "الخدمة",
  serviceHint: "واحدة من: {services}",
  button: "الحصول على الرمز",
  unknownService: "أدخل خدمة من القائمة.",
});
