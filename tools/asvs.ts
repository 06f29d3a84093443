/** Generates docs/asvs.md from the ASVS tags of the tests. */
import { createVitest } from "vitest/node";
import type { Cited, Departure, Requirement } from "./asvs-requirements.ts";

/** Paths of test files by requirement id, sorted, once per test. */
export type TaggedFiles = ReadonlyMap<string, readonly string[]>;

/**
 * Lists the tagged tests of both engines and of other programs. Vitest parses the files without running them (about three seconds), so a
 * parametrised test counts once.
 */
export async function listTagged(root: string): Promise<TaggedFiles> {
  // `strictTags` off: for an unlisted tag, `asvsReport` throws a clear error, while Vitest would skip the file.
  const vitest = await createVitest({
    config: false,
    root,
    include: ["{src,test}/**/*.test.ts"],
    watch: false,
    reporters: [],
    strictTags: false,
  });
  try {
    const { testModules } = await vitest.collect();
    const tagged = testModules.flatMap((file) =>
      [...file.children.allTests()].flatMap(({ tags }) => tags.map((tag) => [tag, file.relativeModuleId] as const)),
    );
    const byTag = Map.groupBy(
      tagged.filter(([tag]) => tag.startsWith("asvs-")),
      ([tag]) => tag.slice("asvs-".length),
    );
    return new Map([...byTag].map(([id, tests]) => [id, tests.map(([, file]) => file).sort()]));
  } finally {
    await vitest.close();
  }
}

interface RequirementLists {
  /** Levels 1 and 2 of V3, V6 and V7. */
  readonly requirements: readonly Requirement[];
  /** Requirements of other chapters and of level 3. */
  readonly cited: readonly Cited[];
  readonly departures: readonly Departure[];
}

/** The report as Markdown. Throws for a requirement without a test or a reason, and for an unlisted tag. */
export function asvsReport(tagged: TaggedFiles, { requirements, cited, departures }: RequirementLists): string {
  const rated = requirements.map((requirement) => rateRequirement(requirement, tagged.get(requirement.id) ?? []));
  const chapters = Object.entries(chapterNames).map(([chapter, name]) => {
    const rows = rated.filter(({ id }) => id.startsWith(`${chapter}.`)).map(({ row }) => row);
    return `## V${chapter}: ${name}\n\n| ID | Level | Requirement | Status | Tests | First test file, or reason |\n| --- | --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return [head(rated), departuresTable(departures), ...chapters, otherChapters(tagged, { requirements, cited })].join("\n");
}

const chapterNames = { 3: "the web frontend", 6: "authentication", 7: "sessions" };

function head(rated: readonly RatedRequirement[]): string {
  return `# OWASP ASVS 5.0, requirement by requirement

The [Application Security Verification Standard](https://owasp.org/www-project-application-security-verification-standard/) lists requirements for secure applications in three levels: 1 is the minimum, 2 suits most applications, 3 is for applications with the most to lose.
This page lists every requirement of levels 1 and 2 on web frontends (V3), authentication (V6) and sessions (V7), shortened. The standard has the full text.

- **Proven**: tests have the tag of the requirement and fail if it isn't met. In a checkout, \`npx vitest run --tags-filter=asvs-6.3.8\` runs the tests of 6.3.8; those that start the program or a browser need \`--config test/end-to-end/vitest.config.ts\` as well.
- **Planned**: not built yet. The row names the feature that brings it.
- **Not applicable**: the row says why.

${summarize(rated)}
${summarize(rated, 1)}

By default, passwords need at least 8 characters, the minimum of ASVS. NIST SP 800-63B-4 (3.1.1.2) requires 15 if the password is the only factor: set \`PASSWORD_MIN_LENGTH=15\`.

\`npm run docs\` writes this page from the tags of the tests.
`;
}

function departuresTable(departures: readonly Departure[]): string {
  const rows = departures.map(({ id, level, demand, instead }) => `| ${id} | ${level} | ${demand} | ${instead} |`);
  return `## Departures

| ID | Level | The standard | Latchkey |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function summarize(rated: readonly RatedRequirement[], level?: 1): string {
  const counted = rated.filter((each) => level === undefined || each.level === level);
  const count = (status: Status) => counted.filter((each) => each.status === status).length;
  const which = level === undefined ? `Of ${counted.length} requirements` : `Of ${counted.length} requirements of level ${level}`;
  return `${which}, ${count("proven")} are proven, ${count("planned")} planned and ${count("not applicable")} not applicable.`;
}

type Status = "proven" | "planned" | "not applicable";

interface RatedRequirement extends Pick<Requirement, "id" | "level"> {
  readonly status: Status;
  readonly row: string;
}

function rateRequirement({ id, level, demand, otherwise }: Requirement, files: readonly string[]): RatedRequirement {
  const [status, reason] = statusOf(id, otherwise, files);
  return { id, level, status, row: `| ${id} | ${level} | ${demand} | ${status} | ${files.length} | ${reason} |` };
}

function statusOf(id: string, otherwise: Requirement["otherwise"], [first]: readonly string[]): [Status, string] {
  if (first !== undefined) return ["proven", code(first)];
  if (!otherwise) throw new Error(`ASVS ${id}: no test has its tag, and no reason is given.`);
  return "planned" in otherwise ? ["planned", otherwise.planned] : ["not applicable", otherwise.notApplicable];
}

function otherChapters(tagged: TaggedFiles, { requirements, cited }: Pick<RequirementLists, "requirements" | "cited">): string {
  const listed = new Set(requirements.map(({ id }) => id));
  const ids = [...tagged.keys()].filter((id) => !listed.has(id)).sort(compareIds);
  const rows = ids.map((id) => {
    const requirement = cited.find((each) => each.id === id);
    if (!requirement) throw new Error(`ASVS ${id}: a test has its tag, but tools/asvs-requirements.ts does not list it.`);
    const files = tagged.get(id) ?? [];
    return `| ${id} | ${requirement.level} | ${requirement.demand} | ${files.length} | ${code(files[0] ?? "")} |`;
  });
  return `## Other chapters and level 3

Only requirements that tests have tags for; the list is not complete. Each test proves part of its requirement.

| ID | Level | Requirement | Tests | First test file |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

/** Formats a file name. Not as a link, because the package contains this page without the tests. */
function code(file: string): string {
  return `\`${file}\``;
}

function compareIds(a: string, b: string): number {
  const [first, second] = [a.split(".").map(Number), b.split(".").map(Number)];
  return first.map((part, i) => part - (second[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
