/** Lists the browsers that an account trusts, and ends that trust. */
import type { DeviceKind } from "../../../core/device-name.ts";
import { placeName } from "../../../core/place-name.ts";
import type { Services } from "../../../core/services.ts";
import {
  endTrustedDevice,
  forgetTrustedDevices,
  listTrustedDevices,
  type TrustedDevice,
} from "../../../core/two-factor/trusted-devices.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { deviceOf, ipText } from "../../../http/response/account-rows.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { dateOf, recentTime } from "../../../http/response/times.ts";
import { message } from "../../../i18n/messages.ts";
import { panel, row } from "../../../ui/components.ts";
import { checkbox, errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { deviceIcons } from "../../../ui/icons.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./trusted-devices.messages.ts";

const path = "/settings/two-factor/devices";

function isTrustOn({ settings }: Services): boolean {
  return settings.twoFactorTrustMs > 0;
}

/** The checkbox of the second step; nothing where `TWO_FACTOR_TRUST` is 0. */
export function trustCheckbox(c: Context, form?: string): Html {
  const s = c.get("s");
  if (!isTrustOn(s)) return html``;
  const t = translator(c, messages);
  const hours = Math.max(1, Math.floor(s.settings.twoFactorTrustMs / 3_600_000));
  const label = hours % 24 === 0 ? t("trust", { count: hours / 24 }) : t("trustHours", { count: hours });
  return checkbox({ name: "trust", label, hint: t("trustHint"), checked: false, form });
}

/** The trusted browsers, for the overview of two-factor authentication. */
export async function trustedDevicesPanel(c: Context): Promise<Html> {
  if (!isTrustOn(c.get("s"))) return html``;
  return devicesPanel(c, await listed(c));
}

interface Listed extends TrustedDevice {
  readonly device: string;
  readonly kind: DeviceKind;
}

async function listed(c: Context): Promise<Listed[]> {
  const devices = await listTrustedDevices(c.get("s"), requireVisitor(c).user.id);
  return Promise.all(devices.map(async (each) => ({ ...each, ...(await deviceOf(c, each.userAgent)) })));
}

export async function devicesPage(c: Context, form: FormState): Promise<Page> {
  const t = translator(c, messages);
  const devices = await listed(c);
  const s = c.get("s");
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: {
      csrfToken: form.csrfToken,
      devices: devices.map(({ id, device, ip, createdAt, lastUsedAt, expiresAt }) => ({
        id,
        device,
        ip,
        place: placeName(s, ip, localeOf(c)) ?? null,
        createdAt,
        lastUsedAt,
        expiresAt,
      })),
    },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${devicesPanel(c, devices, { isPage: true })}`,
  };
}

export async function endTrust(
  c: Context,
  { device, all }: { readonly device: string; readonly all?: string | true | undefined },
): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  if (all !== undefined) await forgetTrustedDevices(s, user.id, requestInfo(c));
  // Insecure direct object reference: only the user's own devices are searched (ASVS 8.2.2).
  else if (!(await endTrustedDevice(s, user.id, device, requestInfo(c))))
    return { status: 422, code: "invalid", message: t(device === "" ? "choose" : "alreadyEnded") };
  if (wantsJson(c)) return answerJson(c, { ended: true });
  flash(c, "success", message(messages, all === undefined ? "ended" : "allEnded"));
  return redirect(c, "/settings/two-factor");
}

function devicesPanel(c: Context, devices: readonly Listed[], { isPage = false } = {}): Html {
  const t = translator(c, messages);
  const intro = devices.length === 0 ? t("none") : t("intro");
  const all =
    devices.length < 2
      ? ""
      : html`${postButton(c, html`<button type="submit" name="all" value="1" class="button danger">${t("endAll")}</button>`)}`;
  return html`${panel({
    ...(isPage ? {} : { title: t("title") }),
    body: html`<p>${intro}</p>${devices.length === 0 ? "" : html`<ul>${devices.map((each) => html`<li>${deviceRow(c, each)}</li>`)}</ul>`}`,
  })}
${all}`;
}

function deviceRow(c: Context, { id, device, kind, ip, lastUsedAt, expiresAt }: Listed): Html {
  const t = translator(c, messages);
  const from = ip === "" ? t("unknownIp") : ipText(c, ip);
  const times = t("times", { used: recentTime(c, lastUsedAt), until: dateOf(c, expiresAt) });
  const label = t("endDevice", { device, ip });
  return row({
    icon: deviceIcons[kind],
    value: html`<strong class="name">${device}</strong>`,
    hint: html`${from}<br>${times}`,
    action: postButton(
      c,
      html`<button type="submit" name="device" value="${id}" class="button danger small" aria-label="${label}">${t("end")}</button>`,
    ),
  });
}

function postButton(c: Context, button: Html): Html {
  return html`<form method="post" action="${at(path)}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken(c)}">
${button}
</form>`;
}
