/** Finds the writing direction of a language. */

export type Direction = "ltr" | "rtl";

export function directionOf(locale: string): Direction {
  // Not in the types of TypeScript yet.
  const { direction } = (new Intl.Locale(locale) as Intl.Locale & { getTextInfo: () => { direction?: Direction } }).getTextInfo();
  return direction ?? "ltr";
}
