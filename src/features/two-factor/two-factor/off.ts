/** Turns two-factor authentication off. */

import { recoveryCodesId } from "../../../core/sessions/factor-id.ts";
import { isCovered } from "../../../core/two-factor/policy.ts";
import { factorsThatGo, requireMayTurnOff, turnOffAtRequest } from "../../../core/two-factor/state.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { removalHint } from "../../../http/forms/removal-hint.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { messages as enrolmentMessages } from "../../../http/request/enrolment.messages.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { backLink, type Changed, change, overviewPath, refreshUser } from "./change.ts";
import { recordChanges } from "./notices.ts";
import { messages } from "./two-factor.messages.ts";

export async function offPage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  if (requireVisitor(c).user.twoFactorSince === null && !wantsJson(c)) return redirectOff(c);
  if (isCovered(c.get("s"), requireVisitor(c).user) && !wantsJson(c)) return coveredPage(c, t("offTitle"));
  const factors = await factorsThatGo(c.get("s"), requireVisitor(c).user.id);
  const hasApps = factors.some((each) => each !== recoveryCodesId);
  return {
    title: t("offTitle"),
    width: "account",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("offTitle")}</h1>
${postForm({
  action: "/settings/two-factor/off",
  csrfToken: form.csrfToken,
  button: t("offButton"),
  isDangerous: true,
  body: html`<p>${t("offIntro")}</p>
<ul>
${hasApps ? html`<li>${t("offApps")}</li>\n` : ""}<li>${t("offCodes")}</li>
<li>${t("offDevices")}</li>
</ul>
<p>${t("offAfter")}</p>
${await removalHint(c, factors)}`,
})}
<p class="after"><a href="${at(overviewPath)}">${t("keepOn")}</a></p>`,
  };
}

/** The policy of this site requires two-factor authentication for this account. */
export function coveredPage(c: Context, title: string): Page {
  return {
    title,
    width: "account",
    body: html`<h1>${title}</h1>
<p>${translator(c, enrolmentMessages)("mayNotTurnOff")}</p>
${backLink(c)}`,
  };
}

function redirectOff(c: Context): Response {
  flash(c, "info", message(messages, "alreadyOff"));
  return redirect(c, overviewPath);
}

export async function turnOffByUser(c: Context): Promise<Response | FormError> {
  const info = requestInfo(c);
  const { session } = requireVisitor(c);
  const off = await change(c, async (tx, account): Promise<Changed<{ wasOn: boolean; keptUntil: number | null }>> => {
    if (account.two_factor_since === null) return { ok: true, wasOn: false, keptUntil: null };
    requireMayTurnOff(tx, account);
    const keptUntil = await turnOffAtRequest(tx, account, session);
    await recordChanges(tx, account, info, ["two-factor-off"]);
    return { ok: true, wasOn: true, keptUntil };
  });
  if (!off.ok) return off.refusal;
  await refreshUser(c);
  if (wantsJson(c)) return answerJson(c, { twoFactorSince: null, keptUntil: off.keptUntil });
  if (!off.wasOn) return redirectOff(c);
  flash(c, "success", message(messages, "turnedOff"));
  return redirect(c, overviewPath);
}
