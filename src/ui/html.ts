/** The template of every page: what is put into it is text, and escaped, unless it is markup already. */

/** Markup whose texts are already escaped. */
class Html {
  /** By this, Hono's templates know it for markup, and we know theirs. */
  declare readonly isEscaped: true;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return this.#text;
  }
}
Object.defineProperty(Html.prototype, "isEscaped", { value: true });

export type { Html };

type Text = string | number | boolean | null | undefined;

/** What may stand in a template: nothing is shown of what is missing, true or false, and everything of a list. */
export type Shown = Text | Html | readonly Shown[];

/** Puts texts into markup as texts: no character of theirs begins a tag, or ends an attribute that is quoted (ASVS 1.2.1). */
export function html(markup: TemplateStringsArray, ...values: readonly Shown[]): Html {
  let text = markup[0] ?? "";
  for (let i = 0; i < values.length; i++) text += shown(values[i]) + (markup[i + 1] ?? "");
  return new Html(text);
}

/** Stands before our own paths for the one that they all live under. No text can bring it along: it is dropped where texts are escaped. */
const mountMark = "\0";

/** A link to a path of ours, wherever we are mounted. All of ours are made here; what a site brings along stays as it is. */
export function at(path: string): Html {
  return new Html(mountMark + escaped(path));
}

/** Markup whose links know where we are mounted. */
export function mounted(markup: Html, mountPath: string): Html {
  return new Html(markup.toString().replaceAll(mountMark, mountPath));
}

function shown(value: unknown): string {
  if (typeof value === "string") return escaped(value);
  if (value instanceof Html) return value.toString();
  if (value === undefined || value === null || typeof value === "boolean") return "";
  if (Array.isArray(value)) return value.reduce<string>((text, each) => text + shown(each), "");
  const text = String(value);
  return typeof value === "object" && "isEscaped" in value && value.isEscaped === true ? text : escaped(text);
}

const special = /[\0&<>"']/;

function escaped(text: string): string {
  return special.test(text) ? text.replaceAll(/[\0&<>"']/g, (character) => entities[character] ?? "") : text;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
