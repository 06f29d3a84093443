/** Messages in Arabic; see time-ago.messages.ts. */
import { translate } from "../i18n/messages.ts";
import { messages } from "./time-ago.messages.ts";

export const translation = translate(messages, "ar", {
  now: "الآن",
  minutes: {
    plural: "count",
    zero: "الآن",
    one: "قبل دقيقة",
    two: "قبل دقيقتين",
    few: "قبل {count} دقائق",
    many: "قبل {count} دقيقة",
    other: "قبل {count} دقيقة",
  },
  hours: {
    plural: "count",
    zero: "الآن",
    one: "قبل ساعة",
    two: "قبل ساعتين",
    few: "قبل {count} ساعات",
    many: "قبل {count} ساعة",
    other: "قبل {count} ساعة",
  },
  days: {
    plural: "count",
    zero: "اليوم",
    one: "قبل يوم",
    two: "قبل يومين",
    few: "قبل {count} أيام",
    many: "قبل {count} يومًا",
    other: "قبل {count} يوم",
  },
});
