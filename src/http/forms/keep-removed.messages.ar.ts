/** Messages in Arabic; see keep-removed.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./keep-removed.messages.ts";

export const translation = translate(messages, "ar", {
  label: "لا تستعِد شيئًا: أزلتُه بنفسي",
  hint: "مثلًا لأن جهازًا سُرق. سيبقى عندئذٍ مُزالًا نهائيًّا، إلا إذا كان حسابك أقل أمانًا من دونه.",
  restoredAnyway: "استعدنا ما أزلتَه: فمن دونه يمكن لأي شخص يقرأ بريدك الاستيلاء على حسابك. بعد تسجيل الدخول يمكنك إزالته مرة أخرى.",
});
