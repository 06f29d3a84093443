/** Overview of two-factor authentication in the settings. */

import { pageWith } from "../../../core/services.ts";
import { type Authenticator, listAuthenticators, maxAuthenticators } from "../../../core/two-factor/authenticators.ts";
import { mayTurnOff } from "../../../core/two-factor/policy.ts";
import { countRecoveryCodes, fewRecoveryCodes } from "../../../core/two-factor/recovery-codes.ts";
import type { Context } from "../../../http/context.ts";
import { verifyFirst } from "../../../http/forms/verify-first.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { messages as enrolmentMessages } from "../../../http/request/enrolment.messages.ts";
import { translator } from "../../../http/request/locale.ts";
import { guardedUrl, withNext } from "../../../http/request/return-url.ts";
import { dateOf, recentTime } from "../../../http/response/times.ts";
import { badge, panel, row, rowLink } from "../../../ui/components.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { appName, beginForm } from "./change.ts";
import { enrolmentLine } from "./enrolment.ts";
import { trustedDevicesPanel } from "./trusted-devices.ts";
import { canTurnOn } from "./turn-on.ts";
import { messages } from "./two-factor.messages.ts";

export async function overviewPage(c: Context): Promise<Page> {
  const { user } = requireVisitor(c);
  const s = c.get("s");
  const t = translator(c, messages);
  const isOn = user.twoFactorSince !== null;
  const apps = await listAuthenticators(s, user.id);
  const left = isOn ? await countRecoveryCodes(s, user.id) : 0;
  const passkeys = pageWith(s, "passkeys");
  const off = passkeys === undefined ? t("overviewOff") : t("overviewOffPasskeys");
  const lead = user.twoFactorSince === null ? off : t("overviewOn", { date: dateOf(c, user.twoFactorSince) });
  const mayTurnOn = await canTurnOn(c);
  const add = beginForm(c, { text: t(apps.length === 0 ? "setUp" : "addAnother"), isMain: apps.length === 0 && !isOn && !mayTurnOn });
  const offersPasskey = passkeys !== undefined && !isOn && !mayTurnOn;
  return {
    title: t("title"),
    width: "account",
    json: { twoFactorSince: user.twoFactorSince, authenticators: apps, recoveryCodesLeft: left, csrfToken: csrfToken(c) },
    body: html`<h1>${t("title")}</h1>
${c.get("enrolment") ? enrolmentLine(c) : appNeedsIt(c)}
<p class="lead">${badge(isOn ? "ok" : "neutral", t(isOn ? "on" : "off"))} ${lead}</p>
${isOn && left <= fewRecoveryCodes ? html`<div class="flash warning"><p>${t("fewCodes")}</p></div>` : ""}
${
  mayTurnOn
    ? html`<p>${t("onOffer")}</p>
<p><a class="button" href="${at(withNext(s.settings, "/settings/two-factor/on", c.req.query("next")))}">${t("onTitle")}</a></p>`
    : ""
}
${panel({ title: t("apps"), body: html`${apps.length === 0 ? html`<p>${t("noApps")}</p>` : appList(c, apps)}` })}
${verifyFirst(c) ?? html`<div class="actions">${apps.length < maxAuthenticators ? add : ""}${offersPasskey ? html`<a class="button secondary" href="${at(withNext(s.settings, passkeys, c.req.query("next")))}">${t("addPasskey")}</a>` : ""}</div>`}
${isOn ? await passkeysPanel(c) : ""}
${isOn ? recoveryPanel(c, left) : ""}
${isOn ? await trustedDevicesPanel(c) : ""}
${isOn ? turnOffLink(c) : ""}`,
  };
}

/** For a visit that forward auth has sent here: its response to the proxy sets no cookie for a message. */
function appNeedsIt(c: Context): Html | "" {
  const isDue = requireVisitor(c).user.twoFactorSince === null && guardedUrl(c.get("s").settings, c.req.query("next")) !== undefined;
  return isDue ? html`<div class="flash warning"><p>${translator(c, enrolmentMessages)("twoFactorRequired")}</p></div>` : "";
}

function turnOffLink(c: Context): Html {
  if (!mayTurnOff(c.get("s"), requireVisitor(c).user))
    return html`<p class="hint">${translator(c, enrolmentMessages)("mayNotTurnOff")}</p>`;
  return html`<p><a class="button danger" href="${at("/settings/two-factor/off")}">${translator(c, messages)("turnOff")}</a></p>`;
}

/** Passkeys confirm logins too; another page lists them. */
async function passkeysPanel(c: Context): Promise<Html | ""> {
  const s = c.get("s");
  const passkeys = pageWith(s, "passkeys");
  if (passkeys === undefined) return "";
  const methods = await Promise.all(s.catalog.secondFactors.map(({ enrolled }) => enrolled(s, requireVisitor(c).user.id)));
  if (!methods.flat().some((method) => method === "passkey" || method === "passkey-synced")) return "";
  const t = translator(c, messages);
  return panel({
    title: t("passkeys"),
    body: row({ value: t("passkeysToo"), action: rowLink({ path: passkeys, text: t("managePasskeys") }) }),
  });
}

function appList(c: Context, apps: readonly Authenticator[]): Html {
  const t = translator(c, messages);
  return html`<ul>${apps.map(({ id, name, createdAt, lastUsedAt }) => {
    const path = (verb: string) => `/settings/two-factor/authenticator/${verb}?id=${id}`;
    const shown = appName(c, name);
    return html`<li>${row({
      icon: "phone",
      value: html`<strong class="name">${shown}</strong>`,
      hint:
        lastUsedAt === null
          ? t("added", { date: dateOf(c, createdAt) })
          : t("addedAndUsed", { date: dateOf(c, createdAt), used: recentTime(c, lastUsedAt) }),
      action: html`<span class="acts">${rowLink({ path: path("rename"), text: t("rename"), about: shown })}
${rowLink({ path: path("remove"), text: t("remove"), kind: "danger", about: shown })}</span>`,
    })}</li>`;
  })}</ul>`;
}

function recoveryPanel(c: Context, count: number): Html {
  const t = translator(c, messages);
  return panel({
    title: t("codes"),
    body: row({
      value: html`${count <= fewRecoveryCodes ? badge("warn", t("codesLeft", { count })) : t("codesLeft", { count })}`,
      hint: t("codesHint"),
      action: rowLink({ path: "/settings/two-factor/recovery", text: t("makeCodes") }),
    }),
  });
}
