/** Messages in Arabic; see removal-hint.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./removal-hint.messages.ts";

export const translation = translate(messages, "ar", {
  forGood: "لا يمكن التراجع عن ذلك.",
  kept: "يمكن التراجع عن ذلك خلال 72 ساعة عبر «لم أكن أنا» في الرسالة المتعلقة بهذا التغيير.",
  final: "في حالة الفقدان أو السرقة، {link} أولًا بعامل آخر: عندئذ لا يستطيع أحد استعادته.",
  confirm: "أكّد هويتك",
});
