/** Chooses a language by account, cookie and `Accept-Language` (RFC 4647 lookup). */
import { parseAccept } from "hono/utils/accept";

export interface Preferences {
  /** Language of the account. */
  readonly account?: string | null | undefined;
  readonly cookie?: string | undefined;
  readonly acceptLanguage?: string | undefined;
}

/** Returns one of `locales`: the first one if no preference matches. */
export function negotiate(locales: readonly [string, ...string[]], { account, cookie, acceptLanguage }: Preferences): string {
  const chosen = lookup(locales, account) ?? lookup(locales, cookie);
  if (chosen !== undefined) return chosen;
  for (const { type: range, q } of parseAccept(acceptLanguage ?? "")) {
    const found = q > 0 ? lookup(locales, range) : undefined;
    if (found !== undefined) return found;
  }
  return locales[0];
}

/** Denial of service: the lookup takes quadratic time, and registered tags are much shorter. */
const maxRangeLength = 100;

/** Shortens the range from its end until a locale matches: `de-CH-1996`, `de-CH`, `de` (RFC 4647, 3.4). */
function lookup(locales: readonly string[], range: string | null | undefined): string | undefined {
  if (typeof range !== "string" || range.length > maxRangeLength) return undefined;
  const subtags = range.toLowerCase().split("-");
  while (subtags.length > 0) {
    const tag = subtags.join("-");
    const found = locales.find((locale) => locale.toLowerCase() === tag);
    if (found !== undefined) return found;
    subtags.pop();
    // A singleton such as the x of `x-private` is removed with the subtag after it (RFC 4647, 3.4).
    if (subtags.at(-1)?.length === 1) subtags.pop();
  }
  return undefined;
}
