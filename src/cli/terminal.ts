/** Prints results as text or JSON, and progress on a terminal. */
import { styleText } from "node:util";

/** A result in both output formats. */
export interface Output {
  readonly json: unknown;
  readonly text: string;
}

export function print(options: { readonly json?: true | undefined }, { json, text }: Output): void {
  process.stdout.write(`${options.json ? asciiJson(json) : text}\n`);
}

/** Aligns rows below a line of headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  if (rows.length === 0) return empty;
  const cells = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? "")].length)));
  const [heading = "", ...lines] = cells.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [styled("bold", heading), ...lines].join("\n");
}

/** Aligns names and values, one pair per line. */
export function list(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${padded(name, width)}  ${printable(value)}`).join("\n");
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}

/** Styles text for a terminal that shows colors (respects NO_COLOR). */
export function styled(format: "bold" | "red" | "yellow", text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Terminal injection: replaces control characters of untrusted text, such as user agents (CWE-150). */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, "\u{fffd}");
}

/** Terminal injection: escapes control characters in JSON output (CWE-150). */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
}

export function instant(at: number | null): string {
  return at === null ? "-" : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Replaces the progress line on stderr; prints nothing if stderr is not a terminal. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

/** A progress bar, 30 characters wide. */
export function bar(done: number, total: number): string {
  const width = 30;
  const full = total === 0 ? width : Math.min(width, Math.floor((done / total) * width));
  return `[${"#".repeat(full)}${" ".repeat(width - full)}]`;
}

/** Clears the progress line. */
export function endProgress(): void {
  showProgress("");
}

/** Runs `work` with a callback that shows its progress; `done` is from 0 to 1. */
export async function withProgress<T>(work: (show: (step: { text: string; done?: number }) => void) => Promise<T>): Promise<T> {
  try {
    return await work(({ text, done }) => showProgress(done === undefined ? text : `${text} ${bar(done, 1)} ${Math.floor(done * 100)} %`));
  } finally {
    endProgress();
  }
}
