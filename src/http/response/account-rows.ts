/** Renders rows about accounts, for users and administrators: emails, events and sessions. */
import type { AuditRecord } from "../../core/audit/log.ts";
import { type DeviceKind, readDevice } from "../../core/device-name.ts";
import { isLostEmail } from "../../core/mail/lost-email.ts";
import { ipWithPlace } from "../../core/place-name.ts";
import type { ListedSession } from "../../core/sessions/session-list.ts";
import { row } from "../../ui/components.ts";
import { type Html, html } from "../../ui/html.ts";
import { deviceIcons } from "../../ui/icons.ts";
import type { Context } from "../context.ts";
import { localeOf, say, translator } from "../request/locale.ts";
import { messages } from "./account-rows.messages.ts";
import { recentTime } from "./times.ts";

/** The email of an account, or that it has none: it has a placeholder after its email went to its owner. */
export function shownEmail(c: Context, email: string): Html {
  return isLostEmail(email)
    ? html`<span class="hint">${translator(c, messages)("noEmail")}</span>`
    : html`<span class="name">${email}</span>`;
}

interface NamedDevice {
  readonly device: string;
  readonly kind: DeviceKind;
}

/** The device of a user agent, in the language of the response. */
export async function deviceOf(c: Context, userAgent: string): Promise<NamedDevice> {
  const { name, kind } = await readDevice(userAgent);
  return { device: say(c, name), kind };
}

/** The IP with its place, where one is known. */
export function ipText(c: Context, ip: string): string {
  return ipWithPlace(c.get("s"), ip, localeOf(c));
}

/** The sentence of an event. Features that are left out have none: `login-failed` is shown as "Login failed". */
export function eventTitle(c: Context, event: string): string {
  const declared = c.get("s").catalog.events.get(event);
  return declared ? say(c, declared) : event.charAt(0).toUpperCase() + event.slice(1).replaceAll("-", " ");
}

/** {@link eventTitle} with the name of the provider. One that is not configured any more has its ID. */
export function eventSentence(
  c: Context,
  { event, provider }: { readonly event: string; readonly provider?: string | null | undefined },
): string {
  if (provider == null) return eventTitle(c, event);
  const t = translator(c, messages);
  const name = c.get("s").settings.providers.find(({ id }) => id === provider)?.name ?? provider;
  if (event === "logged-in" || event === "role-granted" || event === "role-revoked") return t(event, { provider: name });
  return t("withProvider", { event: eventTitle(c, event), provider: name });
}

/** Events, each in one line on wide screens: what, from where, and when. */
export function eventList(rows: readonly Html[]): Html {
  return html`<ol class="lines">${rows.map((each) => html`<li>${each}</li>`)}</ol>`;
}

type EventRow = Pick<AuditRecord, "event" | "at" | "ip" | "provider"> & NamedDevice;

/** `by` names an administrator, whose actions have neither the user's device nor an IP. */
export function eventRow(c: Context, { event, provider, at, ip, device, kind }: EventRow, by?: Html | string): Html {
  const from = ip === "" ? by : translator(c, messages)("from", { device, ip: ipText(c, ip) });
  return row({
    icon: ip === "" ? "user" : deviceIcons[kind],
    value: html`<strong>${eventSentence(c, { event, provider })}</strong>`,
    hint: html`${from === undefined ? "" : html`<span>${from}</span> `}${recentTime(c, at)}`,
    isLine: true,
  });
}

type SessionRow = Pick<ListedSession, "ip" | "createdAt" | "lastSeenAt"> & NamedDevice;

interface SessionRowParts {
  readonly badge?: Html | undefined;
  readonly action?: Html | undefined;
}

export function sessionRow(c: Context, { device, kind, ip, createdAt, lastSeenAt }: SessionRow, parts: SessionRowParts = {}): Html {
  const t = translator(c, messages);
  return row({
    icon: deviceIcons[kind],
    value: html`<strong class="name">${device}</strong>${parts.badge === undefined ? "" : html` ${parts.badge}`}`,
    hint: html`${ip === "" ? t("unknownIp") : ipText(c, ip)}<br>${t("times", { lastUsed: recentTime(c, lastSeenAt), loggedIn: recentTime(c, createdAt) })}`,
    action: parts.action,
  });
}
