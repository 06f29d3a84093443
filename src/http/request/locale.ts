/** Chooses the language of a response and formats its messages. */
import type { MessageReference, Messages, Texts } from "../../i18n/messages.ts";
import { negotiate } from "../../i18n/negotiate.ts";
import type { Translate } from "../../i18n/translator.ts";
import type { Context } from "../context.ts";
import { addHeader } from "../response/security-headers.ts";
import { readCookie } from "./cookies.ts";

/** The language of the account, else of the cookie, else of `Accept-Language`; the default if none is offered. */
export function localeOf(c: Context): string {
  const { locales } = c.get("s").translations;
  if (locales.length === 1) return locales[0];
  const negotiated = c.get("locale");
  if (negotiated !== undefined) return negotiated;
  const account = c.get("visitor")?.user.locale;
  const locale = negotiate(locales, { account, cookie: readCookie(c, "locale"), acceptLanguage: c.req.header("accept-language") });
  c.set("locale", locale);
  return locale;
}

/** Returns a function that formats messages of a feature in the language of this response. */
export function translator<T extends Texts>(c: Context, messages: Messages<T>): Translate<T> {
  return c.get("s").translations.translator(localeOf(c)).messages(messages);
}

/** Formats a message in the language of this response. Texts of the host app are returned unchanged. */
export function say(c: Context, text: MessageReference | string): string {
  if (typeof text === "string") return text;
  return c.get("s").translations.render(localeOf(c), text, c.get("visitor")?.user) ?? "";
}

/** Sets `Content-Language` and `Vary` if several languages are offered. */
export function addLanguage(c: Context): void {
  if (c.get("s").translations.locales.length === 1) return;
  addHeader(c, "content-language", localeOf(c));
  addHeader(c, "vary", "Accept-Language, Cookie");
}
