/** Finds words in pages, emails and JSON that are not messages. */

/** Days of charts, such as `Nov 29`, have the format of `Intl` in every language. */
export const shortMonths = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" }).format(Date.UTC(2026, month)),
);

/** Text that users see or hear, with its place. */
interface Shown {
  readonly where: string;
  readonly text: string;
}

export interface Outside {
  /** Such as `<h1>`, `aria-label` or `error.message`. */
  readonly where: string;
  /** The whole text around the words. */
  readonly text: string;
}

/** A page as HTML, a body of JSON as a value, or an email. */
export type Rendered = string | { readonly subject: string; readonly text: string; readonly html: string } | object;

/**
 * Returns texts with plain letters, in an app with `locale: "pseudo"`, which accents every message.
 * `data` are usernames, emails and site names to ignore.
 */
export function wordsOutside(rendered: Rendered, data: readonly string[] = []): readonly Outside[] {
  // Longest first, so that "ada" does not break "ada@example.com".
  const known = data.filter((text) => text !== "").sort((a, b) => b.length - a.length);
  return shownIn(rendered).filter(({ text }) => /[A-Za-z]/.test(withoutData(text, known)));
}

/** Texts that a page shows or says, also in attributes. */
export function shownTexts(markup: string): readonly string[] {
  return shownInHtml(markup).map(({ text }) => text);
}

function withoutData(text: string, known: readonly string[]): string {
  return known.reduce((rest, each) => rest.replaceAll(each, ""), text.replaceAll(/https?:\/\/[^\s"<>]+/g, ""));
}

function shownIn(rendered: Rendered): readonly Shown[] {
  if (typeof rendered === "string") return shownInHtml(rendered);
  if (!isEmail(rendered)) return shownInJson(rendered, "");
  const lines = rendered.text.split("\n").map((text) => ({ where: "text", text }));
  return [{ where: "subject", text: rendered.subject }, ...lines, ...shownInHtml(rendered.html)];
}

function isEmail(rendered: object): rendered is { readonly subject: string; readonly text: string; readonly html: string } {
  return ["subject", "text", "html"].every((name) => name in rendered);
}

const spokenAttributes = new Set(["title", "alt", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"]);
const buttonTypes = new Set(["submit", "button", "reset"]);
const silentElements = new Set(["script", "style", "svg"]);
const tag = /<!--[\s\S]*?-->|<!doctype[^>]*>|<(\/?)([a-z][a-z0-9-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;

function shownInHtml(markup: string): readonly Shown[] {
  const shown: Shown[] = [];
  const open: string[] = [];
  let end = 0;
  const addText = (text: string) => {
    if (text.trim() !== "" && !open.some((name) => silentElements.has(name))) {
      shown.push({ where: `<${open.at(-1) ?? ""}>`, text: decoded(text).trim() });
    }
  };
  for (const { index, 0: whole, 1: slash, 2: written, 3: rest = "" } of markup.matchAll(tag)) {
    addText(markup.slice(end, index));
    end = index + whole.length;
    const name = written?.toLowerCase();
    if (name === undefined) continue;
    if (slash === "/") open.length = Math.max(0, open.lastIndexOf(name));
    else {
      shown.push(...shownInAttributes(name, rest));
      if (isInitial(rest)) end += markup.slice(end).indexOf("<");
      if (!voidElements.has(name) && !rest.endsWith("/")) open.push(name);
    }
  }
  addText(markup.slice(end));
  return shown;
}

const voidElements = new Set(["br", "hr", "img", "input", "link", "meta", "source", "wbr", "area", "base", "col", "embed", "track"]);

function shownInAttributes(element: string, written: string): readonly Shown[] {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single, bare] of written.matchAll(/([^\s=/>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)) {
    attributes.set(name.toLowerCase(), decoded(double ?? single ?? bare ?? ""));
  }
  const isButton = element === "input" && buttonTypes.has(attributes.get("type") ?? "");
  const isDescription = element === "meta" && attributes.get("name") === "description";
  return [...attributes]
    .filter(
      // Scripts show the attributes that begin with `data-text`.
      ([name]) =>
        spokenAttributes.has(name) ||
        name.startsWith("data-text") ||
        (name === "value" && isButton) ||
        (name === "content" && isDescription),
    )
    .map(([where, text]) => ({ where, text }));
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? "0", 16) : Number(decimal));
  });
}

/** The first letter of a name, which is no word. */
const isInitial = (attributes: string) => /class="(?:me|initial)"/.test(attributes);

/** Only `message` and members of `fields` and `problems` are sentences. */
function shownInJson(value: unknown, path: string): readonly Shown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const where = path === "" ? name : `${path}.${name}`;
    if (typeof inner === "string") return name === "message" || /(?:^|\.)(?:fields|problems)$/.test(path) ? [{ where, text: inner }] : [];
    return shownInJson(inner, where);
  });
}
