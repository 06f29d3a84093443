/** Tells users on each page until when they must turn on two-factor authentication. */
import type { PageNotice } from "../../../http/context.ts";
import { messages } from "../../../http/request/enrolment.messages.ts";
import { translator } from "../../../http/request/locale.ts";
import { dateOf } from "../../../http/response/times.ts";
import { at, html } from "../../../ui/html.ts";

const overviewPath = "/settings/two-factor";

export const enrolmentNotice: PageNotice = {
  isOn: (s) => s.settings.twoFactor.length > 0,
  show: (c) => {
    const enrolment = c.get("enrolment");
    if (!enrolment || enrolment.isOver || c.req.path.startsWith(overviewPath)) return undefined;
    const t = translator(c, messages);
    const link = html`<a href="${at(overviewPath)}">${t("noticeLink")}</a>`;
    return html`${t("notice", { date: dateOf(c, enrolment.until), link })}`;
  },
};
