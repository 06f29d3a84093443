/** Chooses the language: for this browser in the footer, for the account in the settings. */
import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { inTransaction, type Services } from "../../../core/services.ts";
import type { User } from "../../../core/users/user.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { writeCookie } from "../../../http/request/cookies.ts";
import { localeOf, translator } from "../../../http/request/locale.ts";
import { samePage } from "../../../http/request/return-url.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, postForm, radios } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import { languageForm, languageName } from "../../../ui/language-form.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./language.messages.ts";

/** The longest that browsers keep a cookie (RFC 6265bis, 5.6.2). */
const cookieSeconds = 400 * 24 * 3_600;

const fields = z.object({ locale: z.string().default("") });

const formResponse = schema.object({
  csrfToken: schema.csrfToken,
  locale: schema.text,
  languages: { type: "array", items: schema.text },
});

export const language: Feature = {
  name: "language",
  messages: [messages],
  translations: [{ de: () => import("./language.messages.de.ts"), ar: () => import("./language.messages.ar.ts") }],
  events: eventsIn(messages),
  pages: { language: { path: "/language", isThere: hasSeveral } },
  openapi: {
    "/language": {
      post: {
        summary: "Choose the language of this browser, and of the account with a login",
        response: schema.object({ locale: schema.text }),
        example: { locale: "de" },
      },
      formResponse,
    },
    "/settings/language": {
      post: { summary: "Change the language of the account", response: schema.object({ user: schema.user }), example: { locale: "de" } },
      formResponse,
    },
  },
  settingsPage: {
    group: "profile",
    icon: "globe",
    action: "change",
    path: "/settings/language",
    isThere: hasSeveral,
    title: message(messages, "title"),
    value: (c) => languageName(localeOf(c)),
  },
  routes: (app, s) => {
    if (!hasSeveral(s)) return;
    app.form("/language", {
      access: "public",
      whileEnrolling: true,
      fields: fields.extend({ next: z.string().default("") }),
      keep: ["next"],
      show: choicePage,
      submit: chooseHere,
    });
    app.form("/settings/language", { fields, keep: [], whileEnrolling: true, show: settingsPage, submit: changeSetting });
  },
};

function hasSeveral({ translations }: Services): boolean {
  return translations.locales.length > 1;
}

async function chooseHere(c: Context, { locale, next }: { locale: string; next: string }): Promise<Response | FormError> {
  const refusal = await choose(c, locale);
  if (refusal) return refusal;
  if (wantsJson(c)) return answerJson(c, { locale });
  return redirectTo(c, samePage(next) ?? c.get("site").frontUrl);
}

async function changeSetting(c: Context, { locale }: { locale: string }): Promise<Response | FormError> {
  const refusal = await choose(c, locale);
  if (refusal) return refusal;
  const user: User = { ...requireVisitor(c).user, locale };
  if (wantsJson(c)) return answerJson(c, { user });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, "/settings");
}

/** The cookie keeps the language after a logout. */
async function choose(c: Context, locale: string): Promise<FormError | undefined> {
  const s = c.get("s");
  if (!s.translations.locales.includes(locale))
    return { status: 422, code: "invalid", problems: { locale: translator(c, messages)("choose") } };
  const user = c.get("visitor")?.user;
  if (user && user.locale !== locale) {
    await inTransaction(s, async (tx) => {
      await tx.db.updateTable("users").set({ locale }).where("id", "=", user.id).execute();
      await recordEvent(tx, user.id, "language-changed", requestInfo(c));
    });
  }
  if (!c.get("isBearer")) writeCookie(c, "locale", locale, cookieSeconds);
  c.set("locale", locale);
  return undefined;
}

function choicePage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  const { locales } = c.get("s").translations;
  const current = localeOf(c);
  const next = form.values["next"] ?? "";
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p class="lead">${t("intro")}</p>
${languageForm({ action: "/language", csrfToken: form.csrfToken, next, locales, current, label: t("title") })}`,
    json: stateOf(c, form),
  };
}

function settingsPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  const { locales } = c.get("s").translations;
  return {
    title: t("title"),
    width: "account",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${postForm({
  action: "/settings/language",
  csrfToken: form.csrfToken,
  button: t("submit"),
  body: radios({
    name: "locale",
    label: t("intro"),
    hint: t("hint"),
    value: localeOf(c),
    problem: form.problems["locale"],
    choices: locales.map((locale) => ({ value: locale, label: languageName(locale), lang: locale })),
  }),
})}`,
    json: stateOf(c, form),
  };
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}

function stateOf(c: Context, { csrfToken }: FormState): object {
  return { csrfToken, locale: localeOf(c), languages: c.get("s").translations.locales };
}
