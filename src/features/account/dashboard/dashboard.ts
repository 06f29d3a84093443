/** Shows the security check-up and an account's details. */

import { countSessions } from "../../../core/sessions/session-list.ts";
import type { Context } from "../../../http/context.ts";
import { extraFields, formatExtraValue } from "../../../http/forms/extra-fields.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { translator } from "../../../http/request/locale.ts";
import { shownEmail } from "../../../http/response/account-rows.ts";
import { dateOf } from "../../../http/response/times.ts";
import { facts, panel, row, rowLink } from "../../../ui/components.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { CheckedPoint, Feature, SecurityCheck } from "../../feature.ts";
import { messages } from "./dashboard.messages.ts";

export const dashboard: Feature = {
  name: "dashboard",
  pages: { home: { path: "/dashboard" } },
  messages: [messages],
  translations: [{ de: () => import("./dashboard.messages.de.ts"), ar: () => import("./dashboard.messages.ar.ts") }],
  openapi: {
    "/dashboard": { get: { summary: "Get the logged-in user", response: schema.object({ user: schema.user }) } },
  },
  routes: (app, _, all) => {
    const checks = all.flatMap(({ securityCheck }) => securityCheck ?? []);
    const cards = all.flatMap(({ homeCard }) => homeCard ?? []);
    const hasSettings = all.some(({ name }) => name === "settings");
    app.page("/dashboard", (c) => dashboardPage(c, { checks, cards, hasSettings }));
  },
};

interface Parts {
  readonly checks: readonly SecurityCheck[];
  readonly cards: readonly NonNullable<Feature["homeCard"]>[];
  readonly hasSettings: boolean;
}

async function dashboardPage(c: Context, { checks, cards, hasSettings }: Parts): Promise<Page> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const sessionCount = await countSessions(c.get("s"), user.id);
  const points = (await Promise.all(checks.map((check) => check(c, { sessionCount })))).filter((point) => point !== undefined);
  const shownCards = (await Promise.all(cards.map((show) => show(c)))).filter((card) => card !== undefined);
  const waiting = points.filter(({ state }) => state === "warn").length;
  return {
    title: t("title"),
    json: { user },
    body: html`<h1>${t("hello", { name: html`<span class="name">${user.displayName}</span>` })}</h1>
<p class="lead">${waiting === 0 ? t("allDone") : t("waiting", { count: waiting })}</p>
${points.length === 0 ? "" : panel({ title: t("checkUp"), body: [...points].sort(byUrgency).map(pointRow) })}
${shownCards}${accountPanel(c, hasSettings)}`,
  };
}

/** What wants something comes first. */
function byUrgency(one: CheckedPoint, other: CheckedPoint): number {
  return Number(other.state === "warn") - Number(one.state === "warn");
}

function pointRow({ state, title, hint, action }: CheckedPoint): Html {
  const link = action && rowLink({ ...action, kind: state === "warn" ? "primary" : "secondary", about: title });
  return row({ sign: state, value: title, hint, action: link });
}

function accountPanel(c: Context, hasSettings: boolean): Html {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const s = c.get("s");
  return panel({
    title: t("account"),
    body: html`${facts([
      { label: t("username"), value: html`<span class="name">${user.username}</span>` },
      { label: t("email"), value: shownEmail(c, user.email) },
      ...extraFields(s).map((each) => ({
        label: each.label,
        value: html`<span class="name">${formatExtraValue(c, each, user.extra[each.name])}</span>`,
      })),
      { label: t("memberSince"), value: dateOf(c, user.createdAt) },
    ])}
<details><summary>${t("details")}</summary>
<p class="hint">${t("accountId")} <code>${user.id}</code></p>
</details>${hasSettings ? html`\n<p><a href="${at("/settings")}">${t("manage")}</a></p>` : ""}`,
  });
}
