/** Renders an audit event for administrators. */

import type { Context } from "../../../http/context.ts";
import { localeOf, say, translator } from "../../../http/request/locale.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { messages } from "./admin.messages.ts";

interface EventProps {
  readonly event: string;
  readonly at: number;
  readonly ip: string;
  readonly actor?: string | null;
}

/** Usernames by account ID. */
export type Names = ReadonlyMap<string, string>;

/** `user` is a link to the account, in lists of several accounts. */
export function eventRow(c: Context, { event, at, ip, actor }: EventProps, names: Names, user: Html | "" = ""): Html {
  const t = translator(c, messages);
  const when = timeOf(c)(at);
  const where = ip === "" ? when : t("eventFrom", { when, ip });
  const hint = actor ? t("eventBy", { where, actor: html`<span class="name">${actorName(c, actor, names)}</span>` }) : where;
  return html`<li><span><strong>${titleOf(c, event)}</strong>${user === "" ? "" : html` · ${user}`}</span><span class="hint">${hint}</span></li>`;
}

/** An administrator's username; actions without one come from the command line or the host app. */
function actorName(c: Context, actor: string, names: Names): string {
  const t = translator(c, messages);
  if (actor === "command line") return t("commandLine");
  return actor === "app" ? t("app") : (names.get(actor) ?? actor);
}

/** A time in the language of this answer. */
export function timeOf(c: Context): (ms: number) => Html {
  const { instantInWords } = c.get("s").translations.translator(localeOf(c));
  return (ms) => instant(ms, instantInWords);
}

/** A link to an account, by its username, or by its ID once the account is deleted. */
export function userLink(userId: string | null, names: Names): Html | "" {
  return userId === null ? "" : html`<a class="name" href="${at(`/admin/user?id=${userId}`)}">${names.get(userId) ?? userId}</a>`;
}

/** Events of features that are left out have no message: `login-failed` is shown as "Login failed". */
function titleOf(c: Context, event: string): string {
  const declared = c.get("s").catalog.events.get(event);
  return declared ? say(c, declared) : event.charAt(0).toUpperCase() + event.slice(1).replaceAll("-", " ");
}
