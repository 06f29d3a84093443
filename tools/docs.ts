/** Writes what is generated in the documentation: the settings, the example of an environment, the ASVS report. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describeSettings } from "../src/settings.ts";
import { type Requirement, requirements } from "./asvs-requirements.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

const made: Record<string, string> = {
  "README.md": withSettings(read("README.md")),
  ".env.example": exampleEnvironment(),
  "docs/asvs.md": asvsReport(),
};

const outdated = Object.entries(made).filter(([path, text]) => readOrNothing(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of outdated) console.error(`${path} is out of date: run "npm run docs".`);
  process.exitCode = outdated.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of outdated) writeFileSync(join(root, path), text);
}

function readOrNothing(path: string): string {
  try {
    return read(path);
  } catch {
    return "";
  }
}

function withSettings(readme: string): string {
  const rows = describeSettings().map(({ env, fallback, meaning }) => `| \`${env}\` | ${fallback ? `\`${fallback}\`` : ""} | ${meaning} |`);
  const table = ["| setting | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
  return readme.replace(
    /(<!-- settings -->\n)[\s\S]*?(\n<!-- end of settings -->)/,
    (_, start: string, end: string) => start + table + end,
  );
}

function exampleEnvironment(): string {
  const head = "# Copy this file to .env and take the # off what you want to set. What stands here is the default.\n";
  const settings = describeSettings().map(({ env, fallback, meaning, expected }) => {
    return `# ${meaning.replaceAll("`", "")}\n# It must be ${expected}.\n# ${env}=${fallback ?? ""}\n`;
  });
  return [head, ...settings].join("\n");
}

interface Proof {
  readonly file: string;
  readonly title: string;
}

function asvsReport(): string {
  const proofs = proofsById();
  const main = requirements.map((requirement) => row(requirement, proofs.get(requirement.id) ?? []));
  const listed = new Set(requirements.map(({ id }) => id));
  const others = [...proofs].filter(([id]) => !listed.has(id)).sort(([a], [b]) => inOrder(a, b));
  const count = (status: string) => main.filter(([is]) => is === status).length;
  return `# OWASP ASVS 5.0, requirement by requirement

The [Application Security Verification Standard](https://owasp.org/www-project-application-security-verification-standard/) says what a secure application does.
Below are all requirements of levels 1 and 2 of its chapters on the web frontend (V3), authentication (V6) and sessions (V7), in our words.
"Proven" names the tests that would fail if it were not so. This page is made from the titles of the tests by \`npm run docs\`.

Of ${main.length} requirements, ${count("proven")} are proven, ${count("planned")} are planned, and ${count("not applicable")} do not apply.

One thing in plain words: a password needs 8 characters by default, which is what ASVS asks for at least. NIST SP 800-63B-4 (3.1.1.2) demands 15 where a password stands alone, as it does here. \`PASSWORD_MIN_LENGTH=15\` follows it.

| id | level | demand | status | proof, or why not |
| --- | --- | --- | --- | --- |
${main.map(([, line]) => line).join("\n")}

## Requirements of other chapters that tests prove

| id | proof |
| --- | --- |
${others.map(([id, tests]) => `| ${id} | ${tests.map(proofWords).join("<br>")} |`).join("\n")}
`;
}

type Status = "proven" | "planned" | "not applicable";

function row({ id, level, demand, otherwise }: Requirement, tests: readonly Proof[]): [Status, string] {
  const [status, words] = statusOf(id, otherwise, tests);
  return [status, `| ${id} | ${level} | ${demand} | ${status} | ${words} |`];
}

function statusOf(id: string, otherwise: Requirement["otherwise"], tests: readonly Proof[]): [Status, string] {
  if (tests.length > 0) return ["proven", tests.map(proofWords).join("<br>")];
  if (!otherwise) throw new Error(`ASVS ${id}: no test proves it, and nothing says why.`);
  return "planned" in otherwise ? ["planned", otherwise.planned] : ["not applicable", otherwise.notApplicable];
}

function proofWords({ file, title }: Proof): string {
  return `${title.replaceAll("|", "\\|")} (\`${file}\`)`;
}

/** Titles of tests cite what they prove, in brackets at their end. */
function proofsById(): Map<string, Proof[]> {
  const files = [...globSync("src/**/*.test.ts", { cwd: root }), ...globSync("test/**/*.test.ts", { cwd: root })];
  const proofs = new Map<string, Proof[]>();
  for (const file of files.sort((a, b) => a.localeCompare(b))) {
    for (const [, title = ""] of read(file).matchAll(/["'`]([^"'`\n]*\[ASVS [\d.]+\][^"'`\n]*)["'`]/g)) {
      const words = title.replaceAll(/\s*\[ASVS [\d.]+\]/g, "");
      for (const [, id = ""] of title.matchAll(/\[ASVS ([\d.]+)\]/g)) proofs.set(id, [...(proofs.get(id) ?? []), { file, title: words }]);
    }
  }
  return proofs;
}

function inOrder(a: string, b: string): number {
  const [first, second] = [a.split(".").map(Number), b.split(".").map(Number)];
  return first.map((part, i) => part - (second[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
