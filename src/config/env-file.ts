/** Reads `.env`: names, and values that may be quoted. */
import { lstatSync, readFileSync } from "node:fs";

/** The file cannot be read, or a line of it. The message is one line and holds no value. */
export class EnvFileError extends Error {
  override name = "EnvFileError";
}

/** What the file says; nothing where there is none. Throws {@link EnvFileError}. */
export function readEnvFile(path: string): Record<string, string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && !lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return {};
    throw new EnvFileError(`${path} cannot be read: ${(error as Error).message}.`);
  }
  let text: string;
  try {
    // A byte-order mark at the beginning is taken off.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new EnvFileError(`${path} cannot be read: it is no text in UTF-8.`);
  }
  return parseEnvText(text, path);
}

/**
 * As Node's `util.parseEnv` reads it, but that a hash sign begins a comment only behind white space, as in a shell and in Compose: a
 * secret would otherwise be cut off in silence. What makes no sense is refused, where Node goes on without it.
 */
export function parseEnvText(text: string, path = ".env"): Record<string, string> {
  const values: Record<string, string> = {};
  const source = text.replaceAll(/\r\n?/g, "\n");
  const line = /[^\S\n]*(?:(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*=([^\S\n]*)|(#[^\n]*)?(?:\n|$))/y;
  const refuse = (at: number, why: string) => new EnvFileError(`${path}, line ${source.slice(0, at).split("\n").length}: ${why}.`);
  while (line.lastIndex < source.length) {
    const start = line.lastIndex;
    const found = line.exec(source);
    if (!found) throw refuse(start, "it is neither NAME=value nor a comment");
    const [, name, blank = ""] = found;
    if (name === undefined) continue;
    const begin = line.lastIndex;
    const quote = source[begin] ?? "";
    const isQuoted = /^["'`]$/.test(quote);
    const close = isQuoted ? source.indexOf(quote, begin + 1) : -1;
    if (isQuoted && close < 0) throw refuse(begin, "the quotation mark is not closed");
    const endOfLine = source.indexOf("\n", Math.max(begin, close));
    const end = endOfLine < 0 ? source.length : endOfLine;
    if (isQuoted) {
      if (!/^\s*(?:\s#.*)?$/.test(source.slice(close + 1, end))) throw refuse(close, "something stands behind the closing quotation mark");
      const inner = source.slice(begin + 1, close);
      values[name] = quote === '"' ? inner.replaceAll("\\n", "\n") : inner;
    } else {
      values[name] = `${blank}${source.slice(begin, end)}`.replace(/\s#.*$/, "").trim();
    }
    line.lastIndex = end + 1;
  }
  return values;
}
