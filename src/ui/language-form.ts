/** Renders the choice of a language: a button for each, in its own name. */
import { at, type Html, html } from "./html.ts";

interface LanguageFormProps {
  readonly action: string;
  readonly csrfToken: string;
  /** Path to return to. */
  readonly next: string;
  readonly locales: readonly string[];
  readonly current: string;
  /** For screen readers. */
  readonly label: string;
}

/** Works without JavaScript: the pressed button is the choice. */
export function languageForm({ action, csrfToken, next, locales, current, label }: LanguageFormProps): Html {
  return html`<form method="post" action="${at(action)}" class="languages" aria-label="${label}">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<input type="hidden" name="next" value="${next}">
${locales.map(
  (locale) =>
    html`<button type="submit" name="locale" value="${locale}" lang="${locale}"${locale === current ? html` aria-current="true"` : ""}>${languageName(locale)}</button>\n`,
)}</form>`;
}

const names = new Map<string, string>();

/** The name of a language in itself, such as `Deutsch`. Cached: the constructor of `Intl.DisplayNames` takes longer than a page. */
export function languageName(locale: string): string {
  const known = names.get(locale);
  if (known !== undefined) return known;
  const name = new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
  const capitalized = name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
  names.set(locale, capitalized);
  return capitalized;
}
