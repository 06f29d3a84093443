/** Generates documentation: settings, `.env.example`, library options, API pages and the ASVS report. */

import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type DescribedSetting, describeSettings } from "../src/config/load.ts";
import type { Catalog } from "../src/core/services.ts";
import { collect } from "../src/features/collect.ts";
import { features } from "../src/features/index.ts";
import { type ApiModule, apiPage } from "./api.ts";
import { asvsReport, proofsIn } from "./asvs.ts";
import { cited, requirements } from "./asvs-requirements.ts";

/** Settings of the program that the library does not have. */
const notOfTheLibrary = [
  "PORT",
  "HOST",
  "WORKERS",
  "LOG_LEVEL",
  "KEEP_ALIVE",
  "LAME_DUCK",
  "METRICS_PORT",
  "METRICS_HOST",
  "METRICS_TOKEN",
];

if (import.meta.main) run(resolve(import.meta.dirname, ".."), process.argv.includes("--check"));

function run(root: string, onlyChecks: boolean): void {
  for (const [path, text] of Object.entries(generated(root))) {
    if (readOrNothing(join(root, path)) === text) continue;
    if (onlyChecks) {
      console.error(`${path} is out of date: run "npm run docs".`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }
}

/** Each generated file, by its path from the root, as it must be now. */
function generated(root: string): Record<string, string> {
  const options = optionsFile(describeSettings());
  const made = new Map([
    ["src/library/options.ts", options],
    ["src/library/names.ts", namesFile(collect(features))],
  ]);
  const read = (path: string) => made.get(path) ?? readFileSync(join(root, path), "utf8");
  const tests = globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: root });
  const proofs = proofsIn(tests.map((path) => ({ path, code: read(path) })));
  return {
    "docs/configuration.md": withSettings(read("docs/configuration.md"), describeSettings()),
    ".env.example": exampleEnvironment(describeSettings()),
    ...Object.fromEntries(made),
    "docs/asvs.md": asvsReport(proofs, { requirements, cited }),
    ...Object.fromEntries(apiModules(read).map((each) => [`docs/api/${each.name.replace("/", "-")}.md`, apiPage(each)])),
  };
}

/** What apps can import, with the files that say what it is. */
function apiModules(read: (path: string) => string): ApiModule[] {
  const face = read("src/index.ts");
  const names = [...face.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = ""]) =>
    list.split(",").map((name) => name.trim().replace(/^type /, "")),
  );
  const library = [
    "src/library/latchkey.ts",
    "src/library/options.ts",
    "src/library/names.ts",
    "src/library/create-latchkey.ts",
    "src/core/customization.ts",
    "src/index.ts",
  ];
  const adapters = ["node", "express", "fastify", "hono", "next"].map((name) => ({
    name: `latchkey/${name}`,
    sources: [read(`src/library/adapters/${name}.ts`)],
  }));
  return [
    { name: "latchkey", sources: library.map(read), only: ["html", ...names.filter((name) => name !== "")] },
    ...adapters,
    { name: "latchkey/client", sources: [read("src/client.ts")] },
    { name: "latchkey/testing", sources: [read("src/testing.ts")] },
  ];
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Replaces the tables between the two marks. Throws if a mark is missing. */
export function withSettings(page: string, settings: readonly DescribedSetting[]): string {
  const marked = /(?<=<!-- settings -->\n)[\s\S]*?(?=<!-- end of settings -->)/;
  if (!marked.test(page)) throw new Error("docs/configuration.md lacks the marks around its tables.");
  const tables = Map.groupBy(settings, ({ section }) => section);
  const text = [...tables].map(([section, rows]) => `## ${section}\n\n${tableOf(rows)}`).join("\n\n");
  return page.replace(marked, () => `\n${text}\n`);
}

/** The names that features declare, for the types of the library. */
function namesFile({ events, emails }: Catalog): string {
  const union = (names: Iterable<string>) => [...names].map((name) => `\n  | "${name}"`).join("");
  return `/** Names that features declare: made by \`npm run docs\` from the list of features. */

/** Events that a listener can be told of. */
export type LatchkeyEventName =${union(events.keys())};

/** What an email is about. */
export type LetterKind =${union(emails.keys())};
`;
}

function tableOf(settings: readonly DescribedSetting[]): string {
  const rows = settings.map(
    ({ env, default: value, format, description }) => `| \`${env}\` | ${value ? `\`${value}\`` : ""} | ${format} | ${description} |`,
  );
  return ["| Setting | Default | Format | Description |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The settings as library options, with doc comments for editors. */
export function optionsFile(settings: readonly DescribedSetting[]): string {
  const camel = (env: string) => env.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const own = settings.filter(({ env }) => !notOfTheLibrary.includes(env));
  const names = new Map(own.map(({ env }) => [env, camel(env)]));
  const inOptions = (text: string) => text.replaceAll(/\b[A-Z][A-Z_]+\b/g, (word) => names.get(word) ?? word);
  const property = ({ env, default: value, description, format, type }: DescribedSetting) =>
    `  /** ${inOptions(description)} Format: ${inOptions(format)}.${value ? ` Default: \`${value}\`.` : ""} */\n  readonly ${camel(env)}?: ${type} | undefined;\n`;
  return `/** Declares the settings as options; generated by \`npm run docs\`. */
// biome-ignore-all format: generated

/** A duration, such as \`30m\`, \`12h\` or \`7d\`. */
export type Duration = \`\${number}\${"s" | "m" | "h" | "d"}\`;
/** A count per duration, such as \`10/1m\`. */
export type Limit = \`\${number}/\${number}\${"s" | "m" | "h" | "d"}\`;

export interface SettingOptions {
${own.map(property).join("")}}

/** Option names by environment variable. */
export const optionNames: Readonly<Record<string, keyof SettingOptions>> = {
${own.map(({ env }) => `  ${env}: "${camel(env)}",\n`).join("")}};
`;
}

/** A `.env` with every setting commented out, at its default. */
export function exampleEnvironment(settings: readonly DescribedSetting[]): string {
  const head = "# Copy this file to .env and uncomment what you want to change. The values are the defaults.\n";
  const each = settings.map(({ env, default: value, description, format }) => {
    return `# ${description.replaceAll("`", "")}\n# Format: ${format}.\n# ${env}=${value ?? ""}\n`;
  });
  return [head, ...each].join("\n");
}
