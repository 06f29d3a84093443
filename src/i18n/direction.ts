/** Tells the direction of a language's script. */

/** Languages that are written from right to left, unless a script such as `-Latn` says otherwise. */
const rightToLeft = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"]);
const rightToLeftScripts = new Set(["Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"]);

/** `locale` is BCP 47. */
export function directionOf(locale: string): "ltr" | "rtl" {
  const { language, script } = new Intl.Locale(locale);
  return (script === undefined ? rightToLeft.has(language) : rightToLeftScripts.has(script)) ? "rtl" : "ltr";
}
