/** What commands say and show: answers on standard output, as words or as JSON, and how far they are on standard error. */

/** One answer, in both of its forms. */
export interface Handler {
  readonly json: unknown;
  readonly words: string;
}

export function answer(options: { readonly json?: true | undefined }, { json, words }: Handler): void {
  process.stdout.write(`${options.json ? asciiJson(json) : words}\n`);
}

/** Columns below a line of headings; `otherwise` where there is no row. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], otherwise: string): string {
  if (rows.length === 0) return otherwise;
  const cells = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? "")].length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => padded(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Each name with what it stands for, one below the other. */
export function list(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${padded(name, width)}  ${printable(value)}`).join("\n");
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}

/** What strangers chose, such as the name of a browser, could otherwise steer an operator's terminal (CWE-150). */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, "\u{fffd}");
}

/** The same for JSON, where such characters have a spelling of their own. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
}

export function instant(at: number | null): string {
  return at === null ? "-" : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Shows how far long work is, on one line that the next one replaces; nothing where nobody watches. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

/** How much is done, thirty characters wide. */
export function bar(done: number, total: number): string {
  const width = 30;
  const full = total === 0 ? width : Math.min(width, Math.floor((done / total) * width));
  return `[${"#".repeat(full)}${" ".repeat(width - full)}]`;
}

/** Takes the line of progress away again. */
export function endProgress(): void {
  showProgress("");
}
