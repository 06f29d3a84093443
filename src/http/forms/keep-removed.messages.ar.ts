/** Messages in Arabic; see keep-removed.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./keep-removed.messages.ts";

export const translation = translate(messages, "ar", {
  label: "أزلتُها بنفسي. لا تستعدها",
  hint: "مثلًا لأن جهازًا سُرق. ستبقى عندئذٍ مُزالة نهائيًّا.",
});
