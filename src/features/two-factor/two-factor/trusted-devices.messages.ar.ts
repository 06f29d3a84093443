/** Messages in Arabic; see trusted-devices.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./trusted-devices.messages.ts";

export const translation = translate(messages, "ar", {
  title: "المتصفحات الموثوقة",
  intro: "لا تحتاج إلى عاملك الثاني لتسجيل الدخول في هذه المتصفحات.",
  none: "لا توجد متصفحات موثوقة. عند تسجيل الدخول بعاملك الثاني، يمكنك اختيار الوثوق بالمتصفح.",
  times: "آخر استخدام {used} · موثوق حتى {until}",
  unknownIp: "عنوان IP غير معروف",
  end: "إلغاء الثقة",
  endDevice: "إلغاء الثقة بـ {device}، عنوان IP {ip}",
  endAll: "إلغاء الثقة بجميع المتصفحات",
  ended: "لم يعد المتصفح موثوقًا.",
  allEnded: "أُزيلت جميع المتصفحات الموثوقة.",
  alreadyEnded: "لم يعد هذا المتصفح موثوقًا.",
  choose: "اختر متصفحًا، أو ألغِ الثقة بجميع المتصفحات.",
  trust: {
    plural: "count",
    zero: "الوثوق بهذا المتصفح مدة {count} يوم",
    one: "الوثوق بهذا المتصفح مدة يوم واحد",
    two: "الوثوق بهذا المتصفح مدة يومين",
    few: "الوثوق بهذا المتصفح مدة {count} أيام",
    many: "الوثوق بهذا المتصفح مدة {count} يومًا",
    other: "الوثوق بهذا المتصفح مدة {count} يوم",
  },
  trustHours: {
    plural: "count",
    zero: "الوثوق بهذا المتصفح مدة {count} ساعة",
    one: "الوثوق بهذا المتصفح مدة ساعة واحدة",
    two: "الوثوق بهذا المتصفح مدة ساعتين",
    few: "الوثوق بهذا المتصفح مدة {count} ساعات",
    many: "الوثوق بهذا المتصفح مدة {count} ساعة",
    other: "الوثوق بهذا المتصفح مدة {count} ساعة",
  },
  trustHint: "لن تحتاج هنا إلى عاملك الثاني. لا تختر ذلك على حاسوب مشترك.",
});
