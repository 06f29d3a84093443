/** Messages in Arabic; see settings.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./settings.messages.ts";

export const translation = translate(messages, "ar", {
  title: "الإعدادات",
  profile: "الملف الشخصي",
  memberSince: "عضو منذ {when}",
  danger: "منطقة الخطر",
  "action.add": "إضافة",
  "action.change": "تغيير",
  "action.review": "مراجعة",
  "action.download": "تنزيل",
  "action.open": "فتح",
  "action.delete": "حذف",
});
