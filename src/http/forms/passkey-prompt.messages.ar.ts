/** Messages in Arabic; see passkey-prompt.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./passkey-prompt.messages.ts";

export const translation = translate(messages, "ar", {
  missing: "تحتاج مفاتيح المرور إلى JavaScript وإلى متصفح يدعمها.",
  alreadyThere: "يوجد على هذا الجهاز مفتاح مرور لحسابك. استخدمه، أو تابع على جهاز آخر.",
  wrongAddress: "لا تعمل مفاتيح المرور على هذا العنوان. افتح الموقع على عنوانه المعتاد وحاول مجددًا.",
  notSupported: "لا يمكن لهذا الجهاز استخدام مفاتيح المرور. فعّل قفل الشاشة، أو استخدم جهازًا آخر.",
  notUsed: {
    select: "place",
    login: "لم يُستخدم أي مفتاح مرور. حاول مجددًا، أو سجّل الدخول بطريقة أخرى.",
    alone: "لم يُستخدم أي مفتاح مرور. حاول مجددًا، أو استخدم الجهاز الذي عليه مفتاح مرورك.",
    confirmation: "لم يُستخدم أي مفتاح مرور. حاول مجددًا، أو اختر طريقة أخرى.",
  },
  notCreated: "لم يُنشأ مفتاح مرور. حاول مجددًا، أو استخدم جهازًا آخر.",
  failed: "تعذّر على جهازك إتمام العملية. حاول مجددًا، أو استخدم جهازًا آخر.",
  unreachable: "تعذّر الوصول إلى الموقع. تحقق من اتصالك وحاول مجددًا.",
});
