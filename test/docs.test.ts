/** Tests the documents: commands, excerpts, quoted messages and links. */
// Runs on one engine: it reads documents.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { features } from "../src/features/index.ts";
import { messagesOf } from "../src/features/messages.ts";
import { type TestApp, testApp } from "./person.ts";

const root = resolve(import.meta.dirname, "..");
const docs = join(root, "docs");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root });
const isMissing = () => {
  try {
    execFileSync("curl", ["--version"], { stdio: "pipe" });
    return false;
  } catch {
    return true;
  }
};

describe.skipIf(isMissing())("documents: curl examples (skipped without curl)", () => {
  let app: TestApp;
  let folder: string;
  /** Values of the last response, for later commands. */
  const latest = { csrfToken: "", token: "" };
  beforeAll(async () => {
    app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com" });
    folder = mkdtempSync(join(tmpdir(), "latchkey-docs-"));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await app.close();
  });

  async function runExample(command: string): Promise<string> {
    const whole = command
      .replaceAll("http://localhost:5050", app.url)
      .replace(/x-csrf-token: [^']*…/, `x-csrf-token: ${latest.csrfToken}`)
      .replace(/Bearer [^']*…/, `Bearer ${latest.token}`)
      // Fails with the body for a status of 400 or more.
      .replace(/^curl/, "curl --silent --show-error --fail-with-body");
    const { stdout } = await promisify(execFile)("sh", ["-c", whole], { cwd: folder });
    Object.assign(latest, JSON.parse(stdout));
    return stdout;
  }

  // In reading order: the first page signs up, the last logs out.
  it.each(["json-api.md", "home.md", "access-token.md", "dashboard.md", "logout.md"])(
    "%s: each curl example gets the printed response",
    async (page) => {
      const text = readFileSync(join(docs, page), "utf8");
      const block = /^ {4}(curl (?:.*\\\n)*.*)(?:\n\n {4}(\{.*\}))?|`(curl [^`]*)`/gm;
      const commands = [...text.matchAll(block)].map(([, indented, answer = "", inline]) => ({
        command: indented ?? inline ?? "",
        answer,
      }));
      expect(commands.length).toBeGreaterThan(0);
      if (page !== "json-api.md")
        await runExample(`curl -c jar -H 'Content-Type: application/json' http://localhost:5050/login -d '${login}'`);
      for (const { command, answer } of commands) {
        const response = await runExample(command);
        for (const [key] of answer.matchAll(/"\w+":/g)) expect(response, command).toContain(key);
      }
    },
  );
});

describe("documents", () => {
  it("documents: each excerpt in CONTRIBUTING.md occurs in the file that it names", () => {
    const excerpts = [...read("CONTRIBUTING.md").matchAll(/^```ts\n\/\/ From (\S+)\n([\s\S]*?)^```/gm)];
    expect(excerpts.length).toBeGreaterThan(5);
    // A line with an ellipsis alone stands for lines that were left out.
    const stale = excerpts.flatMap(([, path = "", code = ""]) => code.split(/^ *\/\/ …\n/m).filter((piece) => !read(path).includes(piece)));
    expect(stale).toEqual([]);
  });

  it("documents: each path of the source exists", () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:bench|bin|deploy|docs|src|test|tools)\/[\w./-]+)`/g)]
        .filter(([, path = ""]) => !existsSync(join(root, path)))
        .map(([, path]) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it("documents: each function that the architecture, CONTRIBUTING.md and decisions name occurs in the source", () => {
    const source = globSync(["src/**/*.ts", "test/**/*.ts", "tools/*.ts"], { cwd: root }).map(read).join("\n");
    const words = new Set(source.match(/\w+/g));
    const about = pages.filter((page) => /^(?:CONTRIBUTING\.md|docs\/(?:architecture\.md|decisions\/))/.test(page));
    const missing = about.flatMap((page) =>
      [...read(page).matchAll(/`([a-z]+[A-Z]\w*)\b[^`]*`/g)]
        .filter(([, name = ""]) => !words.has(name))
        .map(([, name]) => `${page}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("documents: a page of the package links to files of the package only", () => {
    const { files } = JSON.parse(read("package.json")) as { files: readonly string[] };
    const excluded = files.filter((path) => path.startsWith("!")).map((path) => path.slice(1));
    const isShipped = (path: string) =>
      ["README.md", "LICENSE", ...files].some((each) => path === each || path.startsWith(`${each}/`)) && !excluded.includes(path);
    const unshipped = pages.filter(isShipped).flatMap((page) =>
      linksIn(page)
        .map((link) => join(dirname(page), link.split("#")[0] || basename(page)))
        .filter((path) => !isShipped(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(unshipped).toEqual([]);
  });

  it("documents: json-api.md lists each error code of a route, and no other", () => {
    const sources = globSync("src/{http,features,library}/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));
    const text = sources.map(read).join("\n");
    const literal = [...text.matchAll(/\bcode: "([a-z]+(?:-[a-z]+)*)"/g)].map(([, code]) => code);
    // CSRF codes are passed as a value, not as a literal.
    const csrfCodes = [...(/type CsrfProblem = (.*);/.exec(text)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, code]) => code);
    expect(csrfCodes.length).toBeGreaterThan(0);
    const listed = [...read("docs/json-api.md").matchAll(/^\| \d{3}[\d, ]* \| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(new Set(listed)).toEqual(new Set([...literal, ...csrfCodes]));
  });

  it("documents: each quoted sentence is an existing message", () => {
    const texts = messagesOf(features).flatMap((messages) => Object.values(messages.texts));
    const sentences = texts.flatMap((text) => (typeof text === "string" ? text : Object.values(text)));
    const escaped = (text: string) => text.replaceAll(/[.*+?^$()[\]|\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, ".+");
    // A text of parameters alone would match every sentence.
    const known = new RegExp(
      `^(?:${sentences
        .filter((text) => /[a-z]{3} /i.test(text.replaceAll(/\{\w+\}/g, "")))
        .map(escaped)
        .join("|")})$`,
    );
    const quoted = globSync("docs/*.md", { cwd: root }).flatMap((page) =>
      [...read(page).matchAll(/"([A-Z][^"…\n]*[.!?])"/g)].map(([, sentence = ""]) => ({ page, sentence })),
    );
    expect(quoted.length).toBeGreaterThan(10);
    expect(quoted.filter(({ sentence }) => !known.test(sentence))).toEqual([]);
  });

  it("documents: each link leads to a file and a heading that exist", () => {
    const broken = pages.flatMap((page) =>
      linksIn(page)
        .filter((link) => !linkTargetExists(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

const login = JSON.stringify({ email: "ada@example.com", password: "a harbour at dusk" });

/** Markdown without its code. */
function proseOf(page: string): string {
  return read(page)
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/^ {4}.*$/gm, "");
}

function linksIn(page: string): string[] {
  const links = [
    ...proseOf(page)
      .replaceAll(/`[^`\n]*`/g, "code")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function linkTargetExists(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : relative(root, resolve(root, dirname(page), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || (statSync(join(root, target)).isFile() && anchorsOf(target).includes(anchor));
}

/** Anchors of headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const anchors: string[] = [];
  for (const [, heading = ""] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = shown.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
    const before = anchors.filter((other) => other === anchor || other.startsWith(`${anchor}-`)).length;
    anchors.push(anchors.includes(anchor) ? `${anchor}-${before}` : anchor);
  }
  return anchors;
}
