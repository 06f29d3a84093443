/** Tests that start errors are one line with the setting to change. */
// Runs end to end: it starts the program.
// Runs on one engine: these errors come before the first query.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin, runCommand, runInNewProcess } from "./program.ts";

const isRoot = process.getuid?.() === 0;

let folder: string;
let usedPort: string;
const holder = createServer();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-start-"));
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  usedPort = String((holder.address() as AddressInfo).port);
});
afterAll(() => {
  holder.close();
  rmSync(folder, { recursive: true });
});

/** Runs the program or a command in a prepared directory; returns its one-line error and the files it created. */
async function startError(
  env: Record<string, string>,
  { words = [], prepare }: { words?: readonly string[]; prepare?: ((directory: string) => void) | undefined },
) {
  const directory = mkdtempSync(join(folder, "here-"));
  prepare?.(directory);
  const before = readdirSync(directory);
  const { code, output } = await (words.length === 0 ? runInNewProcess : runCommand)(directory, words, env);
  expect(code, output).toBe(1);
  expect(output.trim().split("\n"), output).toHaveLength(1);
  expect(output).toMatch(/^error: /);
  return { output, created: readdirSync(directory).filter((name) => !before.includes(name)) };
}

const dev = { SECRET_KEY: "", PORT: "0" };
const text = (name: string) => (directory: string) => writeFileSync(join(directory, name), "a text\n");
const closedEnv = (directory: string) => writeFileSync(join(directory, ".env"), "PORT=0\n", { mode: 0 });
const readOnly = (directory: string) => {
  mkdirSync(join(directory, "data"));
  chmodSync(join(directory, "data"), 0o500);
};

describe("start errors", () => {
  it.each([
    ["a port in use", { PORT: "(taken)" }, "PORT", undefined],
    ["a port in use, with workers", { PORT: "(taken)", WORKERS: "2" }, "PORT", undefined],
    ["an IP address of another machine", { PORT: "0", HOST: "203.0.113.7" }, "HOST", undefined],
    ["an unknown host", { PORT: "0", HOST: "nowhere.invalid" }, "HOST", undefined],
    ["a metrics port in use", { PORT: "0", METRICS_PORT: "(taken)" }, "METRICS_PORT", undefined],
    ["a directory that is a file", { PORT: "0", DATABASE_URL: "sqlite:text/x.sqlite" }, "DATABASE_URL", text("text")],
    [
      "a key file that is a directory",
      { ...dev, DATABASE_URL: "sqlite:data/x.sqlite" },
      "SECRET_KEY",
      (directory: string) => mkdirSync(join(directory, "data/secret-key"), { recursive: true }),
    ],
    [
      "a key file that is empty",
      { ...dev, DATABASE_URL: "sqlite:x.sqlite" },
      "SECRET_KEY",
      (directory: string) => writeFileSync(join(directory, "secret-key"), ""),
    ],
    ["a place in /proc", { PORT: "0", DATABASE_URL: "sqlite:/proc/nope/x" }, "DATABASE_URL", undefined],
    ["an .env that is a directory", { PORT: "0" }, ".env", (directory: string) => mkdirSync(join(directory, ".env"))],
    [
      "an .env of another encoding",
      { PORT: "0" },
      ".env",
      (directory: string) => writeFileSync(join(directory, ".env"), "PORT=0\n", "utf16le"),
    ],
    ["a SQLite URI", { PORT: "0", DATABASE_URL: "sqlite:file:x.sqlite?mode=rwc" }, "DATABASE_URL", undefined],
    ["an in-memory path", { PORT: "0", DATABASE_URL: "sqlite:///:memory:" }, "DATABASE_URL", undefined],
    ["two slashes", { PORT: "0", DATABASE_URL: "sqlite://data/x.sqlite" }, "DATABASE_URL", undefined],
    ["a directory", { ...dev, DATABASE_URL: "sqlite:." }, "DATABASE_URL must be a file: . is a directory", undefined],
    ["a missing directory", { ...dev, DATABASE_URL: "sqlite:data/" }, "data/ is a directory", undefined],
    ["a missing file of places", { PORT: "0", GEOIP_FILE: "none.mmdb" }, "GEOIP_FILE", undefined],
    ["a file of places that is a text", { PORT: "0", GEOIP_FILE: "text" }, "GEOIP_FILE", text("text")],
    ["a missing file of places, with workers", { PORT: "0", GEOIP_FILE: "none.mmdb", WORKERS: "2" }, "GEOIP_FILE", undefined],
    ["an ambiguous path", { PORT: "0", DATABASE_URL: `sqlite://${"/usr/latchkey.sqlite"}` }, "DATABASE_URL", undefined],
  ] as const)("start: %s is reported in one line with its setting", async (_, env, setting, prepare) => {
    const given = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value === "(taken)" ? usedPort : value]));
    const { output, created } = await startError(given, { prepare });
    expect(output).toContain(setting);
    expect(created.filter((name) => name.startsWith("file:") || name === "secret-key" || name === "data")).toEqual([]);
  });

  it("start: a full disk is reported with its setting", async () => {
    for (const [blocks, setting] of [
      [8, "DATABASE_URL"],
      [0, "SECRET_KEY"],
    ] as const) {
      const directory = mkdtempSync(join(folder, "here-"));
      const { PATH = "" } = process.env;
      const env = { PATH, PORT: "0", ...(blocks === 0 ? {} : { SECRET_KEY: "a key of the tests that is long enough" }) };
      const output = await new Promise<string>((done) =>
        execFile("sh", ["-c", `ulimit -f ${blocks}; exec "$0" "$1"`, process.execPath, bin], { cwd: directory, env }, (_, __, stderr) =>
          done(stderr),
        ),
      );
      expect(output.trim().split("\n")).toEqual([expect.stringMatching(new RegExp(`^error: ${setting}`))]);
      // A truncated key file would be a guessable key.
      expect(readdirSync(join(directory, "var")).filter((name) => name.startsWith("secret-key"))).toEqual([]);
    }
  });

  it.skipIf(isRoot)("start: missing permissions are reported with their setting (skipped for root)", async () => {
    for (const [env, setting, prepare] of [
      [{ PORT: "80" }, "PORT", undefined],
      [{ PORT: "0", DATABASE_URL: "sqlite:data/x.sqlite" }, "DATABASE_URL", readOnly],
      [{ ...dev, DATABASE_URL: "sqlite:data/x.sqlite" }, "SECRET_KEY", readOnly],
      [{ PORT: "0" }, ".env", closedEnv],
    ] as const)
      expect((await startError(env, { prepare })).output).toContain(setting);
  });

  it.each([["users", "list"], ["migrate"], ["doctor"], ["backup", "x"], ["restore", "x"], ["keys", "list"], ["sessions", "list", "ada"]])(
    "commands: %s %s reports an invalid setting in one line",
    async (...words) => {
      const given = words.filter((word) => word !== undefined);
      expect((await startError({ DATABASE_URL: "sqlite:file:/x?mode=rwc" }, { words: given })).output).toContain("DATABASE_URL");
      const broken = { words: given, prepare: (directory: string) => mkdirSync(join(directory, ".env")) };
      expect((await startError({}, broken)).output).toContain(".env");
    },
  );

  it("SQLite URLs: have the same meaning in DATABASE_URL and import --from", async () => {
    const directory = mkdtempSync(join(folder, "here-"));
    const at = async (url: string) => (await runCommand(directory, ["migrate"], { DATABASE_URL: url })).code;
    expect([
      await at("sqlite:///one.sqlite"),
      await at(`sqlite:///${join(directory, "two.sqlite")}`),
      await at("sqlite:three.sqlite"),
    ]).toEqual([0, 0, 0]);
    expect(["one", "two", "three"].filter((name) => !existsSync(join(directory, `${name}.sqlite`)))).toEqual([]);
    for (const url of ["sqlite:///one.sqlite", `sqlite:///${join(directory, "one.sqlite")}`, `sqlite:${join(directory, "one.sqlite")}`]) {
      const { output } = await runCommand(directory, ["import", "flask", "--from", url, "--map", "table=users"], {
        DATABASE_URL: "sqlite:two.sqlite",
      });
      expect(output).not.toContain("no such file");
    }
    for (const url of ["sqlite:///etc/passwd", "sqlite:file:x", "sqlite:///x?mode=ro"]) {
      const { code, output } = await runCommand(directory, ["import", "flask", "--from", url], { DATABASE_URL: "sqlite:two.sqlite" });
      expect(code).toBe(1);
      expect(output.trim().split("\n")).toEqual([expect.stringMatching(/^error: --from /)]);
    }
  });
});
