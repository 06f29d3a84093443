/** The reference of what apps import: each declaration with its doc comment, as the source has them. */

export interface ApiModule {
  /** What is imported from, such as `latchkey/express`. */
  readonly name: string;
  /** The sources whose exports it has, as text. */
  readonly sources: readonly string[];
  /** The names that it exports; all of the sources' where it is undefined. */
  readonly only?: readonly string[];
}

interface Declaration {
  readonly name: string;
  readonly comment: string;
  readonly code: string;
}

/** One page for a module. Throws where a name that it exports is declared in none of its sources. */
export function apiPage({ name, sources, only }: ApiModule): string {
  const all = sources.flatMap(declarationsIn);
  const missing = only?.filter((each) => !all.some((declaration) => declaration.name === each)) ?? [];
  if (missing.length > 0) throw new Error(`${name} exports ${missing.join(", ")}, which none of its sources declares.`);
  const shown = all.filter((each) => only?.includes(each.name) ?? true).sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = shown.map(
    ({ name: title, comment, code }) => `## ${title}\n\n${comment === "" ? "" : `${comment}\n\n`}\`\`\`typescript\n${code}\n\`\`\`\n`,
  );
  return `# ${name}\n\nGenerated from doc comments by \`npm run docs\`.\n\n${parts.join("\n")}`;
}

/** What a file exports: interfaces, types and classes whole, functions without their bodies. */
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
