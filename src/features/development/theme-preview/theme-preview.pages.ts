/** Renders the preview of themes: all parts of pages in all states. */
import { messages as verificationEmail } from "../../../core/account/verification-email.messages.ts";
import type { ThemeDensity, ThemePreset } from "../../../core/customization.ts";
import { renderContent, siteUrl } from "../../../core/mail/emails.ts";
import type { Context } from "../../../http/context.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { emailFrame } from "../../../http/response/framed-email.ts";
import type { Translate } from "../../../i18n/translator.ts";
import { badge, panel, row, rowLink } from "../../../ui/components.ts";
import { checkbox, field, select } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./theme-preview.messages.ts";

export interface Choice {
  readonly theme: "site" | ThemePreset;
  readonly density: "site" | ThemeDensity;
  readonly scheme: "auto" | "light" | "dark";
  readonly dir: "auto" | "ltr" | "rtl";
}

type T = Translate<(typeof messages)["texts"]>;
/** Values of each parameter of the page. */
type Choices = { readonly [Name in keyof Choice]: readonly Choice[Name][] };

const path = "/dev/theme";

export function previewPage(c: Context, choices: Choices, choice: Choice): Page {
  const t = translator(c, messages);
  const parts = [text, buttons, fields, flashes, panels, table, dialog, empty, email];
  return {
    title: t("title"),
    json: { choices },
    body: html`<link rel="stylesheet" href="${at(`${path}.css?${new URLSearchParams({ ...choice })}`)}">
<h1>${t("title")}</h1>
<p class="lead">${t("intro")}</p>
${(["theme", "density", "scheme", "dir"] as const).map((name) => switcher(t, { name, values: choices[name], choice }))}
${parts.map((part) => part(t, c, choice))}`,
  };
}

const switchTitles = { theme: "theme", density: "density", scheme: "scheme", dir: "direction" } as const;

interface SwitcherProps {
  readonly name: keyof Choice;
  readonly values: readonly Choice[keyof Choice][];
  readonly choice: Choice;
}

function switcher(t: T, { name, values, choice }: SwitcherProps): Html {
  const link = (value: Choice[keyof Choice]) => {
    const query = new URLSearchParams({ ...choice, [name]: value });
    const current = choice[name] === value ? html` aria-current="true"` : "";
    return html`<a href="${at(`${path}?${query}`)}"${current}>${t(`choice.${value}`)}</a>\n`;
  };
  const title = t(switchTitles[name]);
  return html`<nav class="tabs" aria-label="${title}">
<span class="hint">${title}</span>
${values.map(link)}</nav>
`;
}

function text(t: T): Html {
  const link = html`<a href="${at(path)}">${t("link")}</a>`;
  return html`<h2>${t("text")}</h2>
<p class="lead">${t("lead")}</p>
<p>${t("sentence", { link, strong: html`<strong>${t("strong")}</strong>`, code: html`<code>${t("inCode")}</code>` })}</p>
<p class="hint">${t("hint")}</p>
<h3>${t("heading")}</h3>
`;
}

function buttons(t: T): Html {
  return html`<h2>${t("buttons")}</h2>
<div class="actions">
<button type="button" class="button">${t("primary")}</button>
<button type="button" class="button secondary">${t("secondary")}</button>
<button type="button" class="button danger">${t("danger")}</button>
<button type="button" class="button" autofocus>${t("focused")}</button>
<button type="button" class="button" disabled>${t("disabled")}</button>
<button type="button" class="button secondary" disabled>${t("disabled")}</button>
<button type="button" class="button small">${t("small")}</button>
<button type="button" class="button small secondary">${t("small")}</button>
<button type="button" class="as-link">${t("asLink")}</button>
</div>
`;
}

function fields(t: T, c: Context): Html {
  const plain = { type: "text", autocomplete: "off", isOptional: true } as const;
  const options = [
    ["first", t("first")],
    ["second", t("second")],
  ] as const;
  return html`<h2>${t("fields")}</h2>
<form class="card" method="get" action="${at(path)}" novalidate>
${field({ ...plain, name: "plain", label: t("plain"), value: t("value") })}
${field({ ...plain, name: "hinted", label: t("withHint"), hint: t("hint") })}
${field({ ...plain, name: "wrong", label: t("withError"), hint: t("hint"), problem: t("error") })}
<div class="field">
<label for="disabled">${t("disabled")}</label>
<input id="disabled" name="disabled" type="text" value="${t("value")}" disabled>
</div>
${field({ name: "password", label: t("password"), type: "password", autocomplete: "new-password", isOptional: true, strengthUrl: c.get("site").assets.url("strength.js") })}
<p class="strength" data-level="2">${t("strength")}</p>
${select({ name: "select", label: t("select"), isOptional: true, choices: options })}
${select({ name: "wrong-select", label: t("select"), isOptional: true, problem: t("error"), choices: options })}
${checkbox({ name: "checkbox", label: t("checkbox"), hint: t("hint"), checked: true })}
${checkbox({ name: "wrong-checkbox", label: t("checkbox"), problem: t("error"), checked: false })}
<div><button type="submit" class="wide-button">${t("formButton")}</button></div>
<div><button type="submit" class="wide-button dangerous">${t("formDanger")}</button></div>
</form>
`;
}

function flashes(t: T): Html {
  const kinds = ["success", "info", "warning", "danger"] as const;
  const sentences = [t("success"), t("info"), t("warning"), t("failure")];
  // Without the focus that an error summary takes.
  return html`<h2>${t("messagesTitle")}</h2>
${kinds.map((kind, i) => html`<div class="flash ${kind}"><p>${sentences[i]}</p></div>\n`)}<div class="summary">
<h2>${t("failure")}</h2>
<ul><li><a href="#wrong">${t("error")}</a></li></ul>
</div>
`;
}

function panels(t: T): Html {
  const change = rowLink({ path, text: t("action"), about: t("panel") });
  return html`<h2>${t("panels")}</h2>
${panel({
  title: t("panel"),
  body: [
    row({ label: t("label"), value: t("value"), hint: t("valueHint"), action: change }),
    row({
      label: t("verification"),
      value: [badge("neutral", t("neutral")), badge("ok", t("ok")), badge("warn", t("warn")), badge("danger", t("bad"))].map(
        (each) => html`${each} `,
      ),
    }),
    row({ value: t("ok"), hint: t("value"), sign: "ok" }),
    row({
      value: t("warn"),
      hint: t("hint"),
      sign: "warn",
      action: rowLink({ path, text: t("action"), kind: "primary", about: t("verification") }),
    }),
    row({ value: t("info"), sign: "info" }),
  ],
})}
${panel({ title: t("dangerPanel"), isDanger: true, body: row({ value: t("dangerText"), action: rowLink({ path, text: t("formDanger"), kind: "danger" }) }) })}
`;
}

function table(t: T): Html {
  const people = [
    [t("firstUser"), badge("ok", t("ok"))],
    [t("secondUser"), badge("warn", t("warn"))],
    ["مريم", badge("danger", t("bad"))],
  ] as const;
  return html`<h2>${t("table")}</h2>
<nav class="tabs" aria-label="${t("table")}">
<a href="${at(path)}" aria-current="page">${t("users")}</a>
<a href="${at(path)}">${t("auditLog")}</a>
</nav>
<form class="toolbar plain" method="get" action="${at(path)}">
${field({ name: "search", label: t("search"), type: "text", autocomplete: "off", isOptional: true })}
${select({ name: "status", label: t("status"), isOptional: true, choices: [["ok", t("ok")]] })}
<button type="submit" class="button secondary">${t("filter")}</button>
</form>
<div class="table-wrap"><table>
<thead><tr><th scope="col">${t("user")}</th><th scope="col">${t("status")}</th><th scope="col">${t("created")}</th></tr></thead>
<tbody>
${people.map(([name, state]) => html`<tr><td><a href="${at(path)}"><span class="name">${name}</span></a></td><td>${state}</td><td>${t("day")}</td></tr>\n`)}</tbody>
</table></div>
<div class="table-foot"><span>${t("range")}</span><a class="button secondary small" href="${at(path)}">${t("next")}</a></div>
`;
}

function dialog(t: T): Html {
  return html`<h2>${t("dialog")}</h2>
<dialog open aria-labelledby="dialog-title">
<h2 id="dialog-title">${t("dialogTitle")}</h2>
<p>${t("dialogText")}</p>
<div class="actions">
<button type="button" class="wide-button dangerous">${t("formDanger")}</button>
<button type="button" class="button secondary">${t("cancel")}</button>
</div>
</dialog>
`;
}

/** The email with a code, in the chosen theme. */
function email(t: T, _: Context, choice: Choice): Html {
  return html`<h2>${t("email")}</h2>
${emailFrame(`${path}/email?${new URLSearchParams({ ...choice })}`, t("emailFrame"))}
`;
}

/** The HTML of the email. A chosen color scheme is that of both, because the email asks the browser for one. */
export async function previewEmail(c: Context, { theme, scheme, dir }: Choice): Promise<string> {
  const { computeTheme } = await import("../../../http/response/theme.ts");
  const s = c.get("s");
  const { siteName, emailFooter } = s.settings;
  const t = translator(c, verificationEmail);
  const site = s.custom.look;
  const { email: own = computeTheme({}).email, ...look } =
    theme === "site" ? site : { ...computeTheme({ preset: theme }), logo: site.logo };
  const colors = own?.colors && (scheme === "auto" ? own.colors : { light: own.colors[scheme], dark: own.colors[scheme] });
  const content = {
    kind: "verify-email",
    siteName,
    name: translator(c, messages)("firstUser"),
    subject: t("email.subject", { siteName }),
    paragraphs: [t("email.intro")],
    code: "123456",
    action: { text: t("email.action"), url: siteUrl(s, path) },
    after: [t("email.expiry")],
    reason: t("email.reason", { siteName }),
    postalAddress: emailFooter || undefined,
  };
  const shown = { look: { ...look, email: own && colors && { ...own, colors } }, direction: dir === "auto" ? undefined : dir };
  return renderContent(s, content, localeOf(c), shown).html;
}

function empty(t: T): Html {
  return html`<h2>${t("empty")}</h2>
${panel({
  body: html`<div><h3>${t("emptyTitle")}</h3>
<p class="hint">${t("emptyText")}</p></div>`,
})}
`;
}
