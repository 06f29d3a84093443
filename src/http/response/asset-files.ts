/** Reads the files that browsers load; the build inlines them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

export const style: string = read("../../ui/style.css");
export const icon: string = read("../../ui/icon.svg");
export const formsScript: string = read("../../ui/forms.browser.js");
export const dialogScript: string = read("../../ui/dialog.browser.js");
export const timesScript: string = read("../../ui/times.browser.js");
export const passwordScript: string = read("../../ui/password.browser.js");
export const passkeysScript: string = read("../../ui/passkeys.browser.js");
export const strengthVersion: string = (require("@zxcvbn-ts/core/package.json") as { version: string }).version;

/** The browser build of zxcvbn-ts with the 10,000 most common passwords, by rank. */
export async function readStrengthMeter(): Promise<string> {
  const { adjacencyGraphs, dictionary } = await import("@zxcvbn-ts/language-common");
  const library = readFileSync(require.resolve("@zxcvbn-ts/core").replace(/index\.cjs$/, "zxcvbn-ts.js"), "utf8");
  const words = (dictionary["passwords-common"] as string[]).slice(0, 10_000);
  const options = JSON.stringify({ dictionary: { passwords: words }, graphs: adjacencyGraphs });
  return `${library.replace(/\/\/# sourceMappingURL.*\s*$/, "")}\nwindow.latchkeyStrength = new zxcvbnts.core.ZxcvbnFactory(${options});\n`;
}
