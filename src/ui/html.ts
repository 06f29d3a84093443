/** Renders HTML templates, in which every text is escaped. */

/** Markup whose texts are already escaped. */
class Html {
  /** Marks it as markup for Hono's templates, as theirs is marked for this one. */
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
export type Shown = Text | Html | readonly Shown[];

/** Cross-site scripting: every text is escaped for elements and quoted attributes (ASVS 1.2.1). */
export function html(markup: TemplateStringsArray, ...values: readonly Shown[]): Html {
  let text = markup[0] ?? "";
  for (let i = 0; i < values.length; i++) text += shown(values[i]) + (markup[i + 1] ?? "");
  return new Html(text);
}

/** Marks what the layout completes: links and words. Escaping drops it from texts, so that no text can bring one along. */
const mark = "\0";

/** A link to a path of this app, which the layout puts below the mount path. */
export function at(path: string): Html {
  return new Html(mark + escaped(path));
}

/** A word that the layout puts in, in the language of the page: the one at this index, 31 at most. */
export function wordAt(index: number): Html {
  return new Html(mark + String.fromCharCode(index + 1));
}

/** Markup with its links below `mountPath`, and its words in one language. */
export function complete(markup: Html, mountPath: string, words: readonly Html[]): Html {
  const [first = "", ...rest] = markup.toString().split(mark);
  let text = first;
  for (const piece of rest) {
    // Only a word's index is that low: a path begins with a printable character.
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
