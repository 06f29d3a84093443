/** Turns two-factor authentication on with factors that the account has already, such as passkeys. */

import { endSessions } from "../../../core/sessions/session.ts";
import type { RenewedSession } from "../../../core/sign-in/reauthentication.ts";
import { rotateSession } from "../../../core/sign-in/rotate-session.ts";
import { makeRecoveryCodes } from "../../../core/two-factor/recovery-codes.ts";
import { turnOn } from "../../../core/two-factor/state.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { nextField } from "../../../http/forms/next-field.ts";
import { continueSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { backLink, type Changed, change, overviewPath, refreshUser, refused } from "./change.ts";
import { recordChanges } from "./notices.ts";
import { showCodes } from "./recovery.ts";
import { messages } from "./two-factor.messages.ts";

/** Whether the account has a factor, and has not turned it on. */
export async function canTurnOn(c: Context): Promise<boolean> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  if (user.twoFactorSince !== null) return false;
  const methods = await Promise.all(s.catalog.secondFactors.map(({ enrolled }) => enrolled(s, user.id)));
  return methods.flat().some((method) => method !== "recovery-code");
}

export async function onPage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  if (!wantsJson(c) && !(await canTurnOn(c))) return redirect(c, overviewPath);
  return {
    title: t("onTitle"),
    width: "account",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("onTitle")}</h1>
${postForm({
  action: "/settings/two-factor/on",
  csrfToken: form.csrfToken,
  button: t("onButton"),
  body: html`${nextField(c, form)}<p>${t("onIntro")}</p>
<p>${t("onAfter")}</p>`,
})}
${backLink(c)}`,
  };
}

interface On {
  readonly codes: readonly string[];
  readonly session: RenewedSession | undefined;
}

/** Shows recovery codes once, and ends the other sessions: none of them has passed the second step (ASVS 7.4.3). */
export async function turnOnByUser(c: Context, next: string | undefined): Promise<Response | FormError> {
  const info = requestInfo(c);
  const visitor = requireVisitor(c);
  const can = await canTurnOn(c);
  const on = await change(c, async (tx, account): Promise<Changed<On>> => {
    if (!can || account.two_factor_since !== null)
      return refused({ status: 409, code: "no-factor", message: message(messages, "onNoFactor") });
    const codes = await makeRecoveryCodes(tx, account);
    await turnOn(tx, account);
    // Stolen token: a copy ends too, or it could turn it off, since its last authentication was before (ASVS 7.2.4).
    const session = await rotateSession(tx, visitor, { isBearer: c.get("isBearer") });
    await endSessions(tx, account.id, session?.session);
    await recordChanges(tx, account, info, ["two-factor-on", "recovery-codes-made"]);
    return { ok: true, codes, session };
  });
  if (!on.ok) return on.refusal;
  if (on.session) continueSession(c, on.session);
  await refreshUser(c);
  if (wantsJson(c)) return answerJson(c, { user: requireVisitor(c).user, recoveryCodes: on.codes, csrfToken: csrfToken(c) });
  flash(c, "success", message(messages, "turnedOn"));
  return showCodes(c, on.codes, next);
}
