/** The curl commands that docs/ print, run as printed. */
// Runs on one engine: it is about what is written.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./person.ts";

const docs = resolve(import.meta.dirname, "../docs");
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

const login = JSON.stringify({ email: "ada@example.com", password: "a harbour at dusk" });
