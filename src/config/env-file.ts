/** Parses `.env` files strictly. */
import { lstatSync, readFileSync } from "node:fs";

/** An unreadable file or malformed line. The message is one line and contains no value (ASVS 16.2.5). */
export class EnvFileError extends Error {
  override name = "EnvFileError";
}

/** Reads the file; empty if it does not exist. Throws {@link EnvFileError}. */
export function readEnvFile(path: string): Record<string, string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && !lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return {};
    throw new EnvFileError(`Cannot read ${path}: ${(error as Error).message}.`);
  }
  let text: string;
  try {
    // `TextDecoder` removes a byte-order mark.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new EnvFileError(`Cannot read ${path}: it is not UTF-8.`);
  }
  return parseEnvText(text, path);
}

/**
 * Parses like Node's `util.parseEnv`, except that `#` starts a comment only after white space, as in shells and Compose: Node would
 * silently cut off a secret that contains `#`. Malformed lines throw, where Node skips them.
 */
export function parseEnvText(text: string, path = ".env"): Record<string, string> {
  const values: Record<string, string> = {};
  const source = text.replaceAll(/\r\n?/g, "\n");
  const line = /[^\S\n]*(?:(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*=([^\S\n]*)|(#[^\n]*)?(?:\n|$))/y;
  const refuse = (at: number, why: string) => new EnvFileError(`${path}, line ${source.slice(0, at).split("\n").length}: ${why}.`);
  while (line.lastIndex < source.length) {
    const start = line.lastIndex;
    const found = line.exec(source);
    if (!found) throw refuse(start, "expected NAME=value or a comment");
    const [, name, blank = ""] = found;
    if (name === undefined) continue;
    const begin = line.lastIndex;
    const quote = source[begin] ?? "";
    const isQuoted = /^["'`]$/.test(quote);
    const close = isQuoted ? source.indexOf(quote, begin + 1) : -1;
    if (isQuoted && close < 0) throw refuse(begin, "unclosed quotation mark");
    const endOfLine = source.indexOf("\n", Math.max(begin, close));
    const end = endOfLine < 0 ? source.length : endOfLine;
    if (isQuoted) {
      if (!/^\s*(?:\s#.*)?$/.test(source.slice(close + 1, end))) throw refuse(close, "unexpected text after the closing quotation mark");
      const inner = source.slice(begin + 1, close);
      values[name] = quote === '"' ? inner.replaceAll("\\n", "\n") : inner;
    } else {
      values[name] = `${blank}${source.slice(begin, end)}`.replace(/\s#.*$/, "").trim();
    }
    line.lastIndex = end + 1;
  }
  return values;
}
