/** Generates the API reference from doc comments. */

export interface ApiModule {
  /** Name in an import, such as `latchkey/express`. */
  readonly name: string;
  /** Texts of the source files. */
  readonly sources: readonly string[];
  /** Names of the exports; undefined for all. */
  readonly only?: readonly string[];
}

interface Declaration {
  readonly name: string;
  readonly comment: string;
  readonly code: string;
}

/** Returns the page of a module. Throws if the sources do not declare an exported name. */
export function apiPage({ name, sources, only }: ApiModule): string {
  const all = sources.flatMap(declarationsIn);
  const missing = only?.filter((each) => !all.some((declaration) => declaration.name === each)) ?? [];
  if (missing.length > 0) throw new Error(`${name} exports ${missing.join(", ")}, which its sources do not declare.`);
  const shown = all.filter((each) => only?.includes(each.name) ?? true).sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = shown.map(
    ({ name: title, comment, code }) => `## ${title}\n\n${comment === "" ? "" : `${comment}\n\n`}\`\`\`typescript\n${code}\n\`\`\`\n`,
  );
  return `# ${name}\n\nGenerated from doc comments by \`npm run docs\`.\n\n${parts.join("\n")}`;
}

/** Returns the exports of a file: whole interfaces, types and classes, and functions without bodies. */
function declarationsIn(source: string): Declaration[] {
  const found: Declaration[] = [];
  const lines = source.split("\n");
  for (const [at, line] of lines.entries()) {
    const match = /^export (?:async )?(interface|type|class|function|const) (\w+)/.exec(line);
    if (!match) continue;
    const [, kind, name = ""] = match;
    const end = lines.findIndex((each, i) => i >= at && isEnd(kind, each));
    const code = lines.slice(at, end + 1).join("\n");
    found.push({
      name,
      comment: commentAbove(lines, at),
      code: kind === "function" ? code.replace(/ \{(?: .*)?$/, ";").replace("async ", "") : code,
    });
  }
  return found;
}

function isEnd(kind: string | undefined, line: string): boolean {
  if (kind === "function") return / \{(?: .*)?$/.test(line);
  return line === "}" || line === "};" || (kind !== "interface" && kind !== "class" && line.endsWith(";") && !line.startsWith("  "));
}

function commentAbove(lines: readonly string[], at: number): string {
  if (!lines[at - 1]?.trimEnd().endsWith("*/")) return "";
  const from = lines.slice(0, at).findLastIndex((line) => line.startsWith("/**"));
  const text = lines.slice(from, at).map((line) => line.replace(/^\/\*\*\s?|^ \*\/?\s?|\s*\*\/$/g, ""));
  return text
    .join(" ")
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .replaceAll(/\s+/g, " ")
    .trim();
}
