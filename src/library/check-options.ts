/** Checks the library's options for wrong types and misspelled names. */
import type { Theme, ThemeColor, ThemeDensity, ThemePreset } from "../core/customization.ts";
import { features } from "../features/index.ts";
import { suggest } from "../platform/suggest.ts";
import { LatchkeyError, type LatchkeyOptions, type OwnFeature, type OwnForm, type OwnPageRoute, type ProviderOptions } from "./latchkey.ts";

type Named = Readonly<Record<string, unknown>>;
type NamesOf<T> = Readonly<Record<keyof T, true>>;

const themeNames: NamesOf<Theme> = { preset: true, colors: true, radius: true, font: true, density: true, logo: true };
const presetNames: Readonly<Record<ThemePreset, true>> = { default: true, ink: true, clay: true };
const densityNames: Readonly<Record<ThemeDensity, true>> = { comfortable: true, compact: true };
const colorNames: Readonly<Record<ThemeColor, true>> = {
  accent: true,
  "on-accent": true,
  "accent-soft": true,
  background: true,
  surface: true,
  text: true,
  muted: true,
  line: true,
  "field-line": true,
  focus: true,
  danger: true,
  "danger-soft": true,
  success: true,
  "success-soft": true,
  warning: true,
  "warning-soft": true,
  info: true,
  "info-soft": true,
};
const providerNames: NamesOf<ProviderOptions> = {
  clientId: true,
  secret: true,
  issuer: true,
  tenant: true,
  keyFile: true,
  keyId: true,
  teamId: true,
  preset: true,
  name: true,
  scopes: true,
  domains: true,
  signup: true,
  link: true,
  roles: true,
  trustAmr: true,
  keepTokens: true,
};
const featureNames: NamesOf<OwnFeature> = { name: true, pages: true, forms: true, settingsPage: true };
const pageNames: NamesOf<OwnPageRoute> = { path: true, isPublic: true, show: true };
const formNames: NamesOf<OwnForm> = { path: true, isPublic: true, fields: true, keep: true, recentAuth: true, show: true, submit: true };
const settingsPageNames: NamesOf<NonNullable<OwnFeature["settingsPage"]>> = { path: true, title: true, text: true };

/** Throws {@link LatchkeyError} `invalid` with the name of the option. Paths in `pages` are checked later, by `checkPages`. */
export function checkOptions(options: unknown): void {
  if (!isNamed(options))
    throw new LatchkeyError("invalid", `The options must be an object, such as { siteName: "Example" }, not ${kindOf(options)}.`);
  // Names of options are checked by `readOptions`.
  const { pages, emails, theme, providers, features: chosen, extraUserFields, ownFeatures, translations, log } = options as LatchkeyOptions;
  if (pages !== undefined) checkEach("pages", pages, isFunction, "a function that returns markup");
  if (emails !== undefined) {
    checkNames(
      "emails",
      emails,
      features.flatMap((feature) => Object.keys(feature.emails ?? {})),
    );
    checkEach("emails", emails, isFunction, "a function that returns { subject, text, html }");
  }
  if (theme !== undefined) checkTheme(theme);
  if (providers !== undefined) {
    checkEach("providers", providers, isNamed, "an object such as { clientId, secret }");
    for (const [id, provider] of Object.entries(providers)) checkNames(`providers.${id}`, provider, Object.keys(providerNames));
  }
  if (chosen !== undefined) {
    checkNames(
      "features",
      chosen,
      features.map(({ name }) => name),
    );
    checkEach("features", chosen, (value) => typeof value === "boolean", "true or false");
  }
  if (extraUserFields !== undefined) checkExtraFields(extraUserFields);
  if (ownFeatures !== undefined) checkOwnFeatures(ownFeatures);
  // The texts themselves are checked when the messages of the features are known.
  if (translations !== undefined) checkEach("translations", translations, isNamed, "an object of texts by key");
  const isLog = isNamed(log) && [log["debug"], log["info"], log["warn"], log["error"]].every(isFunction);
  if (log !== undefined && !isLog) throw wrong("log", "log must have the functions debug, info, warn and error.");
}

function checkTheme(theme: unknown): void {
  const misplaced = isNamed(theme) ? Object.keys(theme).find((name) => Object.hasOwn(colorNames, name)) : undefined;
  if (misplaced !== undefined) throw wrong("theme", `theme: ${misplaced} is a color. Write theme: { colors: { ${misplaced}: … } }.`);
  checkNames("theme", theme, Object.keys(themeNames));
  const { colors, logo, preset, density, ...rest } = theme as Named;
  checkEach("theme", rest, (value) => typeof value === "string", "a string");
  checkEach("theme", { logo }, isTextOrPair, "a path or { light, dark }");
  checkChoice("theme.preset", preset, Object.keys(presetNames));
  checkChoice("theme.density", density, Object.keys(densityNames));
  if (colors === undefined) return;
  checkNames("theme.colors", colors, Object.keys(colorNames));
  checkEach("theme.colors", colors, isTextOrPair, "a color or { light, dark }");
}

function isTextOrPair(value: unknown): boolean {
  if (!isNamed(value)) return typeof value === "string";
  return Object.keys(value).length === 2 && typeof value["light"] === "string" && typeof value["dark"] === "string";
}

function checkChoice(at: string, given: unknown, known: readonly string[]): void {
  if (given === undefined || (typeof given === "string" && known.includes(given))) return;
  throw wrong(at, `${at} must be ${known.join(", ").replace(/, (?=[^,]*$)/, " or ")}.`);
}

/** Fields of the sign-up form itself. */
const signUpFields: ReadonlySet<string> = new Set(["username", "email", "password", "confirm_password", "csrf_token", "next"]);

function checkExtraFields(schema: unknown): void {
  const option = "extraUserFields";
  const isSchema = (typeof schema === "object" || isFunction(schema)) && schema !== null;
  const { shape, safeParse } = isSchema ? (schema as Named) : {};
  if (!isNamed(shape) || !isFunction(safeParse))
    throw wrong(option, `${option} must be a zod object, or have the members shape and safeParse.`);
  const name = Object.keys(shape).find((each) => signUpFields.has(each) || !/^[A-Za-z][\w-]{0,63}$/.test(each));
  if (name === undefined) return;
  throw wrong(option, `${option}: ${JSON.stringify(name)} is reserved, or contains more than letters, digits, _ and -.`);
}

/** A misspelled `recentAuth` would leave its form without re-authentication. */
function checkOwnFeatures(list: unknown): void {
  for (const [i, feature] of listOf("ownFeatures", list).entries()) {
    const at = `ownFeatures[${i}]`;
    checkNames(at, feature, Object.keys(featureNames));
    const { name, pages = [], forms = [], settingsPage } = feature as Named;
    if (typeof name !== "string") throw wrong(at, `${at}: name is missing.`);
    for (const page of listOf(`${at}.pages`, pages)) checkRoute(`${at}.pages`, page, Object.keys(pageNames));
    for (const form of listOf(`${at}.forms`, forms)) {
      checkRoute(`${at}.forms`, form, Object.keys(formNames));
      if (!isFunction(form["submit"])) throw wrong(at, `${at}.forms: the function submit of ${form["path"]} is missing.`);
      for (const names of [form["fields"], form["keep"] ?? []]) {
        if (Array.isArray(names) && names.every((each) => typeof each === "string")) continue;
        throw wrong(at, `${at}.forms: fields and keep of ${form["path"]} must be arrays of field names.`);
      }
    }
    if (settingsPage !== undefined) checkNames(`${at}.settingsPage`, settingsPage, Object.keys(settingsPageNames));
  }
}

function checkRoute(at: string, route: Named, known: readonly string[]): void {
  checkNames(at, route, known);
  const { path, show } = route;
  if (typeof path !== "string") throw wrong(at, `${at}: path is missing.`);
  if (!isFunction(show)) throw wrong(at, `${at}: the function show of ${path} is missing.`);
}

function listOf(at: string, value: unknown): Named[] {
  if (!Array.isArray(value) || !value.every(isNamed)) throw wrong(at, `${at} must be an array of objects.`);
  return value;
}

function checkNames(at: string, given: unknown, known: readonly string[]): void {
  if (!isNamed(given)) throw wrong(at, `${at} must be an object, not ${kindOf(given)}.`);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggest(unknown, known);
  const advice = meant === undefined ? `Known names: ${known.join(", ")}.` : `Did you mean ${meant}?`;
  throw wrong(at, `${at}: unknown name ${JSON.stringify(unknown)}. ${advice}`);
}

/** Undefined counts as missing, as in `pages: { "/login": isNew ? page : undefined }`. */
function checkEach(at: string, given: unknown, isRight: (value: unknown) => boolean, kind: string): void {
  if (!isNamed(given)) throw wrong(at, `${at} must be an object, not ${kindOf(given)}.`);
  const found = Object.entries(given).find(([, value]) => value !== undefined && !isRight(value));
  if (found) throw wrong(at, `${at}: ${JSON.stringify(found[0])} must be ${kind}, not ${kindOf(found[1])}.`);
}

function isNamed(value: unknown): value is Named {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** Never the value itself, which may be a misplaced secret. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function wrong(at: string, message: string): LatchkeyError {
  return new LatchkeyError("invalid", message, { option: /^\w+/.exec(at)?.[0] });
}
