/** Defines the error of an invalid setting. */

/** An invalid setting. The message is one line and contains no secret (ASVS 16.2.5). */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** Quotes a value and escapes its control characters, including DEL and C1, which JSON leaves as they are. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
