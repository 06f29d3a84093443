/** Lets an account refuse logins by email in its settings. */
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { badge, panel, row } from "../../../ui/components.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { canRefuse, changeChoice, exampleOfOthers, hasRefused } from "./choice.ts";
import { messages } from "./email-login.messages.ts";

const path = "/settings/email-login";

export async function settingsPage(c: Context, form: FormState): Promise<Page> {
  const t = translator(c, messages);
  const s = c.get("s");
  const { id, email } = requireVisitor(c).user;
  const isOff = await hasRefused(s, id);
  const mayChange = isOff || (await canRefuse(s, id));
  const state = isOff ? badge("neutral", t("settingOff")) : badge("ok", t("settingOn"));
  const intro = isOff ? t("offIntro") : t("onIntro", { email: html`<strong class="name">${email}</strong>` });
  const stays = s.settings.passwords === "on" ? t("resetStays") : undefined;
  const hint = mayChange ? stays : t("needsOthers", { ways: exampleOfOthers(s) });
  const button = html`<form method="post" action="${at(path)}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">
<input type="hidden" name="login" value="${isOff ? "on" : "off"}">
<button type="submit" class="button small secondary">${isOff ? t("turnOn") : t("turnOff")}<span class="for-ears">: ${t("title")}</span></button>
</form>`;
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: { isOn: !isOff, canTurnOff: !isOff && mayChange, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${panel({ body: row({ value: html`${intro} ${state}`, hint, action: mayChange ? button : undefined }) })}`,
  };
}

export async function change(c: Context, choice: "on" | "off"): Promise<Response | FormError> {
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const changed = await changeChoice(c.get("s"), read.requester, { isOff: choice === "off", info: requestInfo(c) });
  if (!changed.ok) return changed.reason === "last-way-in" ? tooFewOthers(c) : credentialRefusal(changed.reason);
  if (wantsJson(c)) return answerJson(c, { isOn: choice === "on" });
  flash(c, "success", message(messages, choice === "on" ? "turnedOn" : "turnedOff"));
  return redirect(c, path);
}

function tooFewOthers(c: Context): FormError {
  return { status: 409, code: "last-way-in", message: message(messages, "needsOthers", { ways: exampleOfOthers(c.get("s")) }) };
}
