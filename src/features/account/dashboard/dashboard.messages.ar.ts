/** Messages in Arabic; see dashboard.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./dashboard.messages.ts";

export const translation = translate(messages, "ar", {
  title: "لوحة المعلومات",
  hello: "مرحبًا، {name}",
  allDone: "حسابك في حالة جيدة.",
  waiting: {
    plural: "count",
    zero: "لا شيء يحتاج إلى انتباهك.",
    one: "أمر واحد يحتاج إلى انتباهك.",
    two: "أمران يحتاجان إلى انتباهك.",
    few: "{count} أمور تحتاج إلى انتباهك.",
    many: "{count} أمرًا يحتاج إلى انتباهك.",
    other: "{count} أمر يحتاج إلى انتباهك.",
  },
  checkUp: "فحص الأمان",
  account: "حسابك",
  username: "اسم المستخدم",
  email: "البريد الإلكتروني",
  memberSince: "عضو منذ",
  details: "بيانات للدعم",
  accountId: "معرّف الحساب:",
  manage: "تغيير بياناتك من الإعدادات",
});
