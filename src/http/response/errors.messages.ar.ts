/** Messages in Arabic; see errors.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./errors.messages.ts";

export const translation = translate(messages, "ar", {
  notFound: "لا توجد صفحة في هذا العنوان. تأكّد من كتابته بشكل صحيح.",
  methodNotAllowed: "هذا العنوان لا يقبل هذه الطريقة.",
  tooLarge: "الطلب كبير جدًا. لم يتغيّر شيء.",
  unreadable: "محتوى الطلب غير سليم.",
  unsupportedEncoding: "الطلبات المضغوطة غير مدعومة.",
  unsupportedType: "لا تُقبل إلا النماذج وJSON بترميز UTF-8.",
  foreignOrigin: "حُظر هذا الطلب لأنه جاء من موقع آخر.",
  roleRequired: "ليس لديك إذن لعرض هذه الصفحة.",
  tokenRequired: "تتطلب المقاييس رمزًا من نوع Bearer.",
  otherEmail: "فتحت بعد ذلك رابطًا من رسالة أخرى في هذا المتصفح. لاستخدام هذا الرابط، افتحه من جديد.",
  pending: "ما زلنا نعالج هذا النموذج. انتظر لحظة، ثم تحقّق من النتيجة.",
  busy: "يسجّل كثيرون الدخول الآن. حاول مرة أخرى بعد بضع ثوانٍ.",
  unavailable: "الخدمة غير متاحة مؤقتًا. حاول مرة أخرى بعد بضع ثوانٍ.",
  internal: "حدثت مشكلة لدينا. حاول مرة أخرى بعد بضع دقائق.",
});
