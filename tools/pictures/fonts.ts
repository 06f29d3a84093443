/** Returns style rules with the fonts of pictures, which do not depend on the machine. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const weights = [400, 600, 700];
const families = [
  { name: "Noto Sans", manifest: require.resolve("@fontsource/noto-sans/package.json"), file: "noto-sans-latin" },
  { name: "Noto Sans Arabic", manifest: require.resolve("@fontsource/noto-sans-arabic/package.json"), file: "noto-sans-arabic-arabic" },
];

/** For `THEME_FONT`. */
export const fontFamilies: string = [...families.map(({ name }) => name), "sans-serif"].join(", ");

export function fontFaces(): string {
  return families
    .flatMap(({ name, manifest, file }) =>
      weights.map((weight) => {
        const font = readFileSync(join(manifest, `../files/${file}-${weight}-normal.woff2`)).toString("base64");
        return `@font-face{font-family:"${name}";font-weight:${weight};src:url(data:font/woff2;base64,${font}) format("woff2")}`;
      }),
    )
    .join("");
}
