/** Shows all parts of pages in every theme, for development. */
import type { Context } from "../../../http/context.ts";
import { hasDevelopmentPages, localOnly } from "../../../http/response/development-page.ts";
import { allowFrames, answerFramedEmail } from "../../../http/response/framed-email.ts";
import { answerPage } from "../../../http/response/respond.ts";
import { noStore, respond } from "../../../http/response/security-headers.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./theme-preview.messages.ts";
import { type Choice, previewEmail, previewPage } from "./theme-preview.pages.ts";

export const themePreview: Feature = {
  name: "theme-preview",
  messages: [messages],
  translations: [{ de: () => import("./theme-preview.messages.de.ts"), ar: () => import("./theme-preview.messages.ar.ts") }],
  routes: (app, s) => {
    if (!hasDevelopmentPages(s)) return;
    app.page(
      "/dev/theme",
      localOnly(s, "/dev/theme", (c) => allowFrames(answerPage(c, previewPage(c, choices, readChoice(c))))),
      { access: "public" },
    );
    app.page(
      "/dev/theme/email",
      localOnly(s, "/dev/theme/email", async (c) => answerFramedEmail(c, await previewEmail(c, readChoice(c)))),
      { access: "public" },
    );
    app.endpoint("/dev/theme.css", { method: "GET", auth: "none", answer: localOnly(s, "/dev/theme.css", answerStyleSheet) });
  },
};

/** Parameters of the page with their values; an unknown value is the first. */
const choices = {
  theme: ["site", "default", "ink", "clay"],
  density: ["site", "comfortable", "compact"],
  scheme: ["auto", "light", "dark"],
  dir: ["auto", "ltr", "rtl"],
} as const;

function readChoice(c: Context): Choice {
  const read = <Value extends string>(name: string, [first, ...others]: readonly [Value, ...Value[]]): Value =>
    others.find((value) => value === c.req.query(name)) ?? first;
  return {
    theme: read("theme", choices.theme),
    density: read("density", choices.density),
    scheme: read("scheme", choices.scheme),
    dir: read("dir", choices.dir),
  };
}

/** Loaded after the style sheets of the site, whose properties it replaces: pages may have no inline styles. */
async function answerStyleSheet(c: Context): Promise<Response> {
  const { densities, wholeStyleSheet } = await import("../../../http/response/theme.ts");
  const { theme, density, scheme, dir } = readChoice(c);
  const properties = [
    ...(density === "site" ? [] : [`--latchkey-density:${densities[density]}`]),
    ...(scheme === "auto" ? [] : [`color-scheme:${scheme}`]),
    ...(dir === "auto" ? [] : [`direction:${dir}`]),
  ];
  const colors = theme === "site" ? "" : wholeStyleSheet(theme);
  return respond(c, `${colors}:root{${properties.join(";")}}dialog{position:static}`, 200, {
    ...noStore,
    "content-type": "text/css; charset=utf-8",
  });
}
