/** Messages in Arabic; see identity-notices.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./identity-notices.messages.ts";

export const translation = translate(messages, "ar", {
  "linked.subject": "أُضيفت طريقة جديدة لتسجيل الدخول إلى حسابك",
  "linked.intro": "أصبح بالإمكان تسجيل الدخول إلى حسابك على {siteName} باستخدام {provider} ({email}).",
  "unlinked.subject": "أُزيلت طريقة لتسجيل الدخول من حسابك",
  "unlinked.intro": "لم يعد بالإمكان تسجيل الدخول إلى حسابك على {siteName} باستخدام {provider} ({email}).",
  "confirmed.subject": "أُكّدت طريقة لتسجيل الدخول إلى حسابك",
  "confirmed.intro":
    "أصبح بالإمكان تسجيل الدخول إلى حسابك على {siteName} باستخدام {provider} ({email}) دون عامل ثانٍ هنا، إذا تحقّق {provider} من عامل ثانٍ.",
  noEmail: "لم يُذكر بريد إلكتروني",
  unconfirmed: "{email}، لم يؤكّده {provider}",
});
