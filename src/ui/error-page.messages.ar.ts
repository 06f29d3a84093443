/** Messages in Arabic; see error-page.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./error-page.messages.ts";

export const translation = translate(messages, "ar", {
  title400: "طلب غير صالح",
  title401: "يلزم تسجيل الدخول",
  title403: "الوصول مرفوض",
  title404: "الصفحة غير موجودة",
  title405: "الطريقة غير مسموح بها",
  title409: "تعذّر إكمال طلبك",
  title413: "الطلب كبير جدًا",
  title415: "طلب غير مدعوم",
  title429: "محاولات كثيرة جدًا",
  title500: "حدث خطأ ما",
  title503: "الخدمة غير متاحة",
  titleOther: "حدث خطأ ما",
  support: "إذا استمر حدوث ذلك، فتواصل مع الدعم واذكر معرّف الطلب {requestId}.",
  home: "الانتقال إلى الصفحة الرئيسية",
});
