/** Translates one email into Arabic, for pictures from right to left. */
import { messages as verification } from "../../src/core/account/verification-email.messages.ts";
import { messages as emails } from "../../src/core/mail/emails.messages.ts";
import { translate } from "../../src/i18n/messages.ts";
import type { Language } from "../../src/i18n/translator.ts";

export const arabic: Language = {
  locale: "ar",
  translations: [
    translate(emails, "ar", {
      greeting: "مرحبًا {name}،",
      codePreheader: "{code} هو رمزك في {siteName}.",
      copyLink: "أو انسخ هذا الرابط إلى متصفحك: {url}",
      when: "الوقت",
      device: "الجهاز",
      ip: "عنوان IP",
      reason: "تصلك هذه الرسالة لأن لديك حسابًا في {siteName}.",
      reasonUnverified: "تصلك هذه الرسالة لأن عنوانك أُدخل لحساب في {siteName}.",
    }),
    translate(verification, "ar", {
      "email.subject": "تأكيد بريدك الإلكتروني في {siteName}",
      "email.intro": "أدخل هذا الرمز في المتصفح الذي طلبته منه، أو اتبع الرابط.",
      "email.action": "تأكيد البريد الإلكتروني",
      "email.expiry": "تنتهي صلاحية الرمز بعد 10 دقائق، والرابط بعد 24 ساعة.",
      "email.late.intro": "افتح هذا الرابط لتأكيد بريدك الإلكتروني في {siteName}. تأخرت هذه الرسالة فانتهت صلاحية رمزها.",
      "email.late.expiry": "تنتهي صلاحية الرابط بعد 24 ساعة من طلبه.",
      "email.reason": "تصلك هذه الرسالة لأن شخصًا ما سجّل بهذا العنوان في {siteName}. إن لم تكن أنت فتجاهلها.",
    }),
  ],
};
