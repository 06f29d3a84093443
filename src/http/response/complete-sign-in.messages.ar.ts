/** Messages in Arabic; see complete-sign-in.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./complete-sign-in.messages.ts";

export const translation = translate(messages, "ar", {
  created: "تم إنشاء الحساب. مرحبًا، {name}!",
  welcome: "مرحبًا، {name}!",
  welcomeBack: "مرحبًا بعودتك، {name}!",
  deletionCancelled: "تم إلغاء حذف الحساب.",
});
