/** The report on OWASP ASVS 5.0: made of the requirements, in our words, and of the titles of tests that cite them. */
import type { Cited, Requirement } from "./asvs-requirements.ts";

/** A test file as text, by its path from the root. */
export interface TestFile {
  readonly path: string;
  readonly code: string;
}

export interface Proof {
  readonly file: string;
  /** What is described, and what is promised of it. */
  readonly title: string;
}

export type Proofs = ReadonlyMap<string, readonly Proof[]>;

const citation = /\s*\[ASVS ([\d.]+)\]/g;

/** Which tests cite which requirement, by its id. A test that is skipped whatever happens proves nothing. */
export function proofsIn(files: readonly TestFile[]): Proofs {
  const proofs = new Map<string, Proof[]>();
  for (const { path, code } of files.toSorted((a, b) => a.path.localeCompare(b.path))) {
    for (const { own, whole } of titlesIn(code)) {
      const proof = { file: path, title: whole.replaceAll(citation, "") };
      for (const [, id = ""] of own.matchAll(citation)) proofs.set(id, [...(proofs.get(id) ?? []), proof]);
    }
  }
  return proofs;
}

interface Title {
  /** The words of this `it` or `describe` alone. */
  readonly own: string;
  /** With the titles of the `describe` around it, but those that it begins with itself. */
  readonly whole: string;
}

interface Opened {
  readonly indent: number;
  readonly title: string;
  readonly isSkipped: boolean;
}

/** The titles in a file as Biome formats it: what stands further to the right belongs to what stands above it. */
function titlesIn(code: string): Title[] {
  // Either a statement's first line, or the end of a table: `])("is refused: %s", …`.
  const titled = /^( *)(?:(?:describe|it|test)\b.*?|\].*?\))\(\s*(["'`])((?:\\.|(?!\2)[^\\\n])*)\2,/gm;
  const opened: Opened[] = [];
  const titles: Title[] = [];
  for (const { 0: all, 1: spaces = "", 3: text = "", index } of code.matchAll(titled)) {
    while ((opened.at(-1)?.indent ?? -1) >= spaces.length) opened.pop();
    const title = text.replaceAll(/\\(.)/g, "$1").replaceAll(/%[sdifjo]|\$\{[^}]*\}|\$\w+(?:\.\w+)*/g, "…");
    const isSkipped = opened.at(-1)?.isSkipped === true || isNeverRun(code.slice(0, index + all.length), spaces.length);
    const around = opened.map((each) => each.title).filter((each) => !title.startsWith(`${each}:`));
    if (!isSkipped) titles.push({ own: title, whole: [...around, title].join(": ") });
    opened.push({ indent: spaces.length, title, isSkipped });
  }
  return titles;
}

/** Whether the statement that the text ends in began with `it.skip`, `describe.todo` or the like. */
function isNeverRun(upToTitle: string, indent: number): boolean {
  const statements = [...upToTitle.matchAll(/^( *)(?:describe|it|test)((?:\.\w+)*)/gm)].filter(([, { length } = ""]) => length === indent);
  return /\.(?:skip|todo|fails)\b/.test(statements.at(-1)?.[2] ?? "");
}

interface Words {
  /** Levels 1 and 2 of V3, V6 and V7. */
  readonly requirements: readonly Requirement[];
  /** What else tests cite. */
  readonly cited: readonly Cited[];
}

/** The report as Markdown. Throws where nothing proves a requirement and nothing says why. */
export function asvsReport(proofs: Proofs, { requirements, cited }: Words): string {
  const standings = requirements.map((requirement) => standingOf(requirement, proofs.get(requirement.id) ?? []));
  const chapters = Object.entries(chapterNames).map(([chapter, name]) => {
    const rows = standings.filter(({ id }) => id.startsWith(`${chapter}.`)).map(({ row }) => row);
    return `## V${chapter}: ${name}\n\n| id | level | demand | status | proof, or why there is none |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return [head(standings), ...chapters, furtherOnes(proofs, { requirements, cited })].join("\n");
}

const chapterNames = { 3: "the web frontend", 6: "authentication", 7: "sessions" };

function head(standings: readonly Standing[]): string {
  return `# OWASP ASVS 5.0, requirement by requirement

The [Application Security Verification Standard](https://owasp.org/www-project-application-security-verification-standard/) is a list of what a secure application does, in three levels: 1 is the least, 2 suits most applications, 3 is for those with the most to lose.
Here stands every requirement of levels 1 and 2 in its chapters on the web frontend (V3), authentication (V6) and sessions (V7). The words are ours and short; the standard's own say more.

- **Proven**: the tests named would fail if it were not so. A proof reads "what is tested: what is promised".
- **Planned**: it is not built yet, and the row says what it comes with.
- **Not applicable**: the row says why.

${inWords(standings)}
${inWords(standings, 1)}

One thing in plain words: a password needs 8 characters unless the operator asks for more. That is what ASVS asks for at least. NIST SP 800-63B-4 (3.1.1.2) demands 15 where a password stands alone, as it does here; the setting \`PASSWORD_MIN_LENGTH=15\` meets it.

This page is made from the titles of the tests. \`npm run docs\` writes it, and a test fails while it is out of date.
`;
}

function inWords(standings: readonly Standing[], level?: 1): string {
  const those = standings.filter((each) => level === undefined || each.level === level);
  const count = (status: Status) => those.filter((each) => each.status === status).length;
  const which = level === undefined ? `Of ${those.length} requirements` : `Of the ${those.length} among them of level ${level}`;
  return `${which}, ${count("proven")} are proven, ${count("planned")} planned and ${count("not applicable")} not applicable.`;
}

type Status = "proven" | "planned" | "not applicable";

interface Standing extends Pick<Requirement, "id" | "level"> {
  readonly status: Status;
  readonly row: string;
}

function standingOf({ id, level, demand, otherwise }: Requirement, tests: readonly Proof[]): Standing {
  const [status, words] = statusOf(id, otherwise, tests);
  return { id, level, status, row: `| ${id} | ${level} | ${demand} | ${status} | ${words} |` };
}

function statusOf(id: string, otherwise: Requirement["otherwise"], tests: readonly Proof[]): [Status, string] {
  if (tests.length > 0) return ["proven", tests.map(proofWords).join("<br>")];
  if (!otherwise) throw new Error(`ASVS ${id}: no test proves it, and nothing says why.`);
  return "planned" in otherwise ? ["planned", otherwise.planned] : ["not applicable", otherwise.notApplicable];
}

function furtherOnes(proofs: Proofs, { requirements, cited }: Words): string {
  const listed = new Set(requirements.map(({ id }) => id));
  const ids = [...proofs.keys()].filter((id) => !listed.has(id)).sort(inOrder);
  const rows = ids.map((id) => {
    const { level, demand } = cited.find((each) => each.id === id) ?? { level: "", demand: "" };
    return `| ${id} | ${level} | ${demand} | ${(proofs.get(id) ?? []).map(proofWords).join("<br>")} |`;
  });
  return `## What else the tests cite

Tests cite requirements of other chapters and of level 3 too. Here the list is not whole: it holds what is cited, and each test proves the part of a demand that it names.

| id | level | demand | proof |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function proofWords({ file, title }: Proof): string {
  return `${title.replaceAll("|", "\\|").replaceAll("<", "&lt;")} (\`${file}\`)`;
}

function inOrder(a: string, b: string): number {
  const [first, second] = [a.split(".").map(Number), b.split(".").map(Number)];
  return first.map((part, i) => part - (second[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
