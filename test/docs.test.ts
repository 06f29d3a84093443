/** Checks what the documents say: curl commands run, excerpts of code are current, paths and links exist. */
// Runs on one engine: it is about what is written.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./person.ts";

const root = resolve(import.meta.dirname, "..");
const docs = join(root, "docs");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", ...globSync("docs/**/*.md", { cwd: root })];
const isMissing = () => {
  try {
    execFileSync("curl", ["--version"], { stdio: "pipe" });
    return false;
  } catch {
    return true;
  }
};

describe.skipIf(isMissing())("curl in docs/ (skipped where there is no curl)", () => {
  let app: TestApp;
  let folder: string;
  /** What an answer gave last, for the commands after it. */
  const given = { csrfToken: "", token: "" };
  beforeAll(async () => {
    app = await testApp({ TOKEN_AUDIENCES: "https://api.example.com" });
    folder = mkdtempSync(join(tmpdir(), "latchkey-docs-"));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await app.close();
  });

  async function runs(command: string): Promise<string> {
    const whole = command
      .replaceAll("http://localhost:5050", app.url)
      .replace(/x-csrf-token: [^']*…/, `x-csrf-token: ${given.csrfToken}`)
      .replace(/Bearer [^']*…/, `Bearer ${given.token}`)
      // Fails for an answer of 400 or more, and shows it.
      .replace(/^curl/, "curl --silent --show-error --fail-with-body");
    const { stdout } = await promisify(execFile)("sh", ["-c", whole], { cwd: folder });
    Object.assign(given, JSON.parse(stdout));
    return stdout;
  }

  // In the order in which a reader needs them: the account is made in the first, and logged out in the last.
  it.each(["programs.md", "home.md", "access-token.md", "dashboard.md", "logout.md"])(
    "%s: each command is answered as printed",
    async (page) => {
      const text = readFileSync(join(docs, page), "utf8");
      const block = /^ {4}(curl (?:.*\\\n)*.*)(?:\n\n {4}(\{.*\}))?|`(curl [^`]*)`/gm;
      const commands = [...text.matchAll(block)].map(([, indented, answer = "", inline]) => ({
        command: indented ?? inline ?? "",
        answer,
      }));
      expect(commands.length).toBeGreaterThan(0);
      if (page !== "programs.md") await runs(`curl -c jar -H 'Content-Type: application/json' http://localhost:5050/login -d '${login}'`);
      for (const { command, answer } of commands) {
        const got = await runs(command);
        for (const [key] of answer.matchAll(/"\w+":/g)) expect(got, command).toContain(key);
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

  it("documents: each link leads to a file, and from a page of the package to a file of the package", () => {
    const { files } = JSON.parse(read("package.json")) as { files: readonly string[] };
    const excluded = files.filter((path) => path.startsWith("!")).map((path) => path.slice(1));
    const isShipped = (path: string) =>
      ["README.md", "LICENSE", ...files].some((each) => path === each || path.startsWith(`${each}/`)) && !excluded.includes(path);
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((path) => !existsSync(join(root, path)) || (isShipped(page) && !isShipped(path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(broken).toEqual([]);
  });
});

/** Relative links as paths from the root, without anchors. */
function linksOf(page: string): string[] {
  const text = read(page).replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, "");
  return [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map(([, to = ""]) => to)
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => join(dirname(page), to));
}

const login = JSON.stringify({ email: "ada@example.com", password: "a harbour at dusk" });
