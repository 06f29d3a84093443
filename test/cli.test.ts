/** Tests the help of the command line and its documentation. */
// Runs on one engine: no test depends on the database.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { listCommands, runCommand, runInNewProcess } from "./program.ts";

describe("command process", () => {
  it("command process: reads stdin and exits with the documented code", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-alone-"));
    const create = ["users", "create", "ada", "ada@example.com"];
    expect((await runInNewProcess(folder, create, {}, "a harbour at dusk\n")).code).toBe(0);
    const { code, output } = await runInNewProcess(folder, ["users", "list", "--json"]);
    expect([code, output]).toEqual([0, expect.stringContaining("ada@example.com")]);
    expect((await runInNewProcess(folder, create, {}, "a harbour at dusk\n")).code).toBe(1);
    expect((await runInNewProcess(folder, ["users", "lisst"])).code).toBe(2);
    rmSync(folder, { recursive: true });
  });
});

describe("command help", () => {
  const helps = new Map<string, string>();
  beforeAll(async () => {
    for (const name of await listCommands()) helps.set(name, await help(name.split(" ")));
  });

  async function help(words: readonly string[]): Promise<string> {
    const { code, output } = await runCommand(tmpdir(), [...words, "--help"]);
    expect([words, code]).toEqual([words, 0]);
    return output;
  }

  it("--version: prints the version of package.json", async () => {
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "../package.json"), "utf8")) as { version: string };
    expect(await runCommand(tmpdir(), ["--version"])).toMatchObject({ code: 0, output: `${version}\n` });
  });

  it("command help: lists these commands", () => {
    expect([...helps.keys()]).toMatchInlineSnapshot(`
      [
        "serve",
        "users list",
        "users show",
        "users create",
        "users disable",
        "users enable",
        "users unlock",
        "users delete",
        "users set-password",
        "users verify-email",
        "users two-factor",
        "users passkeys",
        "users providers",
        "users grant",
        "users revoke",
        "sessions list",
        "sessions revoke",
        "audit list",
        "audit verify",
        "audit export",
        "mail list",
        "mail retry",
        "providers list",
        "providers test",
        "doctor",
        "probe",
        "backup",
        "restore",
        "restored",
        "migrate",
        "copy",
        "import",
        "keys list",
        "keys rotate",
        "secrets generate",
        "secrets status",
        "secrets reencrypt",
        "messages",
      ]
    `);
  });

  it("command help: `help` with the words of a command shows the same", async () => {
    for (const name of ["users two-factor", "keys rotate", "doctor"]) {
      const { code, output } = await runCommand(tmpdir(), ["help", ...name.split(" ")]);
      expect([code, output]).toEqual([0, helps.get(name)]);
    }
  });

  it("command help: every command has an example and --json", () => {
    const operating = [...helps].filter(([name]) => name !== "serve");
    expect(operating.filter(([name, text]) => !new RegExp(`^ +.*latchkey ${name}`, "m").test(text)).map(([name]) => name)).toEqual([]);
    expect(operating.filter(([, text]) => !text.includes("--json")).map(([name]) => name)).toEqual([]);
  });

  it("docs/cli.md: lists every command and no other", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../docs/cli.md"), "utf8");
    const documented = [...page.matchAll(/^\| (`[^|]+) \|/gm), ...page.matchAll(/(`latchkey doctor`)/g)]
      .flatMap(([, cell = ""]) =>
        [...cell.matchAll(/`(?:latchkey )?([a-z -]+)/g)].map(([, words = ""]) => words.replace(/ --?.*/, "").trim()),
      )
      .filter((words) => words !== "");
    expect([...helps.keys()].filter((name) => name !== "serve" && !documented.includes(name))).toEqual([]);
    expect(documented.filter((name) => !helps.has(name))).toEqual([]);
  });

  it("docs/cli.md: lists every option", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../docs/cli.md"), "utf8");
    const options = [...helps].flatMap(([name, text]) =>
      [...text.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => [name, option] as const),
    );
    expect(options.length).toBeGreaterThan(20);
    expect(options.filter(([, option = ""]) => !page.includes(`\`${option}`) && !page.includes(` ${option}`))).toEqual([]);
  });
});
