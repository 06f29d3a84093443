/** Shows the profile, and a row for each page of the settings. */

import type { User } from "../../../core/users/user.ts";
import type { Context, SettingsPage } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { messages as siteMessages } from "../../../http/response/site.messages.ts";
import { settingsGroups } from "../../../http/response/site.ts";
import { dateOf } from "../../../http/response/times.ts";
import type { MessageReference } from "../../../i18n/messages.ts";
import { badge, panel, row, rowLink } from "../../../ui/components.ts";
import { type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./settings.messages.ts";

export const settings: Feature = {
  name: "settings",
  messages: [messages],
  translations: [{ de: () => import("./settings.messages.de.ts"), ar: () => import("./settings.messages.ar.ts") }],
  openapi: {
    "/settings": {
      get: {
        summary: "List the settings pages",
        response: schema.object({
          user: schema.user,
          settings: { type: "array", items: schema.object({ path: schema.text, title: schema.text }) },
        }),
      },
    },
  },
  routes: (app) => {
    app.page("/settings", settingsPage);
  },
};

async function settingsPage(c: Context): Promise<Page> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const groupTitle = translator(c, siteMessages);
  const entries = c.get("site").settingsPages.filter(({ isFor }) => isFor?.(user) ?? true);
  const rows = await Promise.all(entries.map(async (entry) => ({ entry, markup: await settingsRow(c, entry) })));
  const after = await Promise.all(entries.map((entry) => entry.after?.(c)));
  const panels = settingsGroups.flatMap((group) => {
    const inGroup = rows.filter(({ entry }) => entry.group === group);
    const [safe, dangerous] = [inGroup.filter(({ entry }) => !isDanger(entry)), inGroup.filter(({ entry }) => isDanger(entry))];
    return [
      ...(safe.length === 0 ? [] : [panel({ title: groupTitle(group), body: safe.map(({ markup }) => markup) })]),
      ...(dangerous.length === 0 ? [] : [panel({ title: t("danger"), isDanger: true, body: dangerous.map(({ markup }) => markup) })]),
    ];
  });
  return {
    title: t("title"),
    width: "account",
    body: html`<h1>${t("title")}</h1>
${profile(c, user)}
${panels}${after}`,
    json: { user, settings: entries.map((entry) => ({ path: entry.path, title: say(c, entry.title) })) },
  };
}

function isDanger({ action }: SettingsPage): boolean {
  return action === "delete";
}

async function settingsRow(c: Context, entry: SettingsPage): Promise<Html> {
  const t = translator(c, messages);
  const [title, state, instead] = [say(c, entry.title), await entry.badge?.(c), await entry.instead?.(c)];
  const [value, purpose, action] = [instead?.value ?? entry.value?.(c), instead?.purpose ?? entry.purpose, instead?.action];
  return row({
    label: title,
    value: html`${currentValue(c, value)}${state === undefined ? "" : html` ${badge(state.kind, say(c, state.text))}`}`,
    hint: purpose === undefined ? undefined : say(c, purpose),
    action:
      action === "none"
        ? undefined
        : rowLink({
            path: action?.path ?? entry.path,
            text: action ? say(c, action.text) : t(`action.${(state === undefined && entry.emptyAction) || entry.action}`),
            kind: isDanger(entry) ? "danger" : "secondary",
            about: title,
          }),
  });
}

function currentValue(c: Context, shown: MessageReference | Html | string | undefined): Html | "" {
  if (shown === undefined) return "";
  return typeof shown === "object" && "key" in shown ? html`${say(c, shown)}` : html`<span class="name">${shown}</span>`;
}

// Created once: the constructor takes longer than rendering a row.
const characters = new Intl.Segmenter();

function profile(c: Context, { displayName, username, createdAt }: User): Html {
  const t = translator(c, messages);
  const [initial] = characters.segment(displayName);
  // Screen readers skip the initial: the name follows it.
  return html`<section class="who" aria-label="${t("profile")}">
<span class="initial" aria-hidden="true">${initial?.segment.toLocaleUpperCase("en") ?? ""}</span>
<div>
<p class="who-name name">${displayName}</p>
<p class="hint">${displayName === username ? "" : html`<span class="name">${username}</span> · `}${t("memberSince", { when: dateOf(c, createdAt) })}</p>
</div>
</section>`;
}
