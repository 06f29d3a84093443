/** Renders HTML templates and escapes all text in them. */

/** Escaped markup. */
class Html {
  /** Hono's convention: its templates do not escape values with `isEscaped`, and neither does this one. */
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

/** A value in a template: null, undefined and booleans render nothing, a list renders its elements. */
export type Renderable = Text | Html | readonly Renderable[];

/** Cross-site scripting: every text is escaped for elements and quoted attributes (ASVS 1.2.1). */
export function html(markup: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  let text = markup[0] ?? "";
  for (let i = 0; i < values.length; i++) text += shown(values[i]) + (markup[i + 1] ?? "");
  return new Html(text);
}

/** Starts a placeholder that `complete` replaces. Injection: escaping removes it from text. */
const mark = "\0";

/** Placeholder of a path of this app; `complete` adds the mount path. */
export function at(path: string): Html {
  return new Html(mark + escaped(path));
}

/** Placeholder of the word at this index (at most 30); `complete` inserts it in the page's language. */
export function wordAt(index: number): Html {
  return new Html(mark + String.fromCharCode(index + 1));
}

/** Replaces the placeholders of links and words. */
export function complete(markup: Html, mountPath: string, words: readonly Html[]): Html {
  const [first = "", ...rest] = markup.toString().split(mark);
  let text = first;
  for (const piece of rest) {
    // A path starts with a printable character, whose code exceeds every index.
    const word = words[piece.charCodeAt(0) - 1];
    text += word === undefined ? mountPath + piece : word.toString() + piece.slice(1);
  }
  return new Html(text);
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
