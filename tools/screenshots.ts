/** Takes screenshots of all pages; with --docs, those of the README. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { openBrowser } from "../test/browser/browser.ts";
import { states } from "../test/browser/states.ts";
import { testApp } from "../test/person.ts";

type Scheme = "light" | "dark";
interface View {
  readonly colorScheme: Scheme;
  readonly width: number;
}

const root = resolve(import.meta.dirname, "..");
const forReadme: Record<string, View & { readonly state: string }> = {
  home: { state: "home", colorScheme: "light", width: 1_280 },
  "signup-errors": { state: "signup-errors", colorScheme: "light", width: 390 },
  "login-dark": { state: "login", colorScheme: "dark", width: 390 },
  "dashboard-dark": { state: "dashboard", colorScheme: "dark", width: 1_280 },
};

const browser = await openBrowser();
if (process.argv.includes("--docs")) {
  const folder = folderAt("docs/images");
  for (const [name, { state, ...view }] of Object.entries(forReadme))
    await takeAll(browser, view, (each) => (each === state ? join(folder, `${name}.png`) : undefined));
} else {
  const folder = folderAt(process.argv[2] ?? "var/screenshots");
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [390, 1_280])
      await takeAll(browser, { colorScheme, width }, (state) => join(folder, `${state}-${width}-${colorScheme}.png`));
  }
}
await browser.close();

function folderAt(path: string): string {
  const folder = resolve(root, path);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Goes through the states in order, because each depends on the previous ones. Saves those with a path. */
async function takeAll(browser: Browser, { colorScheme, width }: View, pathOf: (state: string) => string | undefined): Promise<void> {
  const app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com", FORWARD_AUTH_HOSTS: "localhost:3000" });
  await app.person({ username: "ada" }).signsUp();
  const context = await browser.newContext({ colorScheme, viewport: { width, height: width < 600 ? 844 : 720 } });
  const page = await context.newPage();
  for (const { name, reach } of states) {
    await reach(page, app);
    const path = pathOf(name);
    if (path) await page.screenshot({ path, fullPage: true });
  }
  await context.close();
  await app.close();
}
