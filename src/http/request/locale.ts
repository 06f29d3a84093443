/** Chooses the language of an answer, and gives its messages. */
import type { MessageReference, Messages, Texts } from "../../i18n/messages.ts";
import { negotiate } from "../../i18n/negotiate.ts";
import type { Translate } from "../../i18n/translator.ts";
import type { Context } from "../context.ts";
import { addHeader } from "../response/security-headers.ts";
import { readCookie } from "./cookies.ts";

/** The account's language, else the cookie's, else the browser's, as far as the app offers it. */
export function localeOf(c: Context): string {
  const { locales } = c.get("s").translations;
  if (locales.length === 1) return locales[0];
  const known = c.get("locale");
  if (known !== undefined) return known;
  const account = c.get("visitor")?.user.locale;
  const locale = negotiate(locales, { account, cookie: readCookie(c, "locale"), acceptLanguage: c.req.header("accept-language") });
  c.set("locale", locale);
  return locale;
}

/** `const t = translator(c, messages)` gives a feature's messages in the language of this answer. */
export function translator<T extends Texts>(c: Context, messages: Messages<T>): Translate<T> {
  return c.get("s").translations.translator(localeOf(c)).messages(messages);
}

/** The text of a message that a feature declares, in the language of this answer. The host app's own texts are shown as they are. */
export function say(c: Context, text: MessageReference | string): string {
  if (typeof text === "string") return text;
  return c.get("s").translations.render(localeOf(c), text, c.get("visitor")?.user) ?? "";
}

/** Names the language in the headers, where there is more than one. */
export function addLanguage(c: Context): void {
  if (c.get("s").translations.locales.length === 1) return;
  addHeader(c, "content-language", localeOf(c));
  addHeader(c, "vary", "Accept-Language");
}
