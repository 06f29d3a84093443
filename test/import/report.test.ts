/** Tests the report and exit code of `latchkey import`. */
import { pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { importReport, openTargetPerTest, rows, runImport, runInTarget, sourceDatabase } from "./import-target.ts";

openTargetPerTest();

type Row = Readonly<Record<string, string | number | null>>;

function rowOf(id: number, name: string, more: Row = {}): Row {
  const password = `pbkdf2:sha256:1000$salt$${pbkdf2Sync(name, "salt", 1_000, 32, "sha256").toString("hex")}`;
  return { id, username: name, email: `${name}@example.com`, password, created_at: "2024-05-01 10:11:12", ...more };
}

describe("import report", () => {
  it("import: exits 0 if every user got an account, and 1 if a user may be another person", async () => {
    const later = { created_at: "2024-05-02 10:11:12" };
    await importReport("flask", sourceDatabase("app", { user: [rowOf(1, "ada"), rowOf(2, "grace"), rowOf(3, "bob")] }));
    const reused = sourceDatabase("app", { user: [rowOf(1, "ada"), rowOf(2, "grace"), rowOf(3, "mallory", later)] });
    const dry = await runImport("flask", reused, ["--dry-run"]);
    expect([dry.code, dry.output]).toEqual([1, expect.stringMatching(/^Error: 1 with an ID that belonged to another user: .* \(3\)$/m)]);
    const done = await runImport("flask", reused);
    expect([done.code, done.output]).toEqual([0, expect.stringMatching(/^1 with an ID that belonged to another user: .* \(3\)$/m)]);
    expect(done.output).not.toContain("Error");

    const typed = rowOf(2, "trent", { ...later, email: "grace@example.com" });
    const unsure = sourceDatabase("app", { user: [rowOf(1, "ada"), typed, rowOf(3, "mallory", later), rowOf(4, "eve")] });
    for (const more of [["--dry-run"], []]) {
      const { code, output } = await runImport("flask", unsure, more);
      expect([code, output]).toEqual([1, expect.stringMatching(/^Error: 1 with the ID and email of .* \(2\)$/m)]);
    }
    expect((await rows("users")).map(({ username }) => username)).toContain("eve");
    const { code, output } = await runImport("flask", unsure, ["--json"]);
    expect([code, JSON.parse(output)]).toMatchObject([1, { unchanged: 3, troubles: { "person-not-sure": { ids: ["2"] } } }]);
  });

  it("import: skipped accounts and accounts that keep their email are reported separately", async () => {
    const on = (name: string) => ({ email: `${name}@example.com` });
    await importReport("flask", sourceDatabase("app", { user: [rowOf(1, "ada"), rowOf(2, "grace"), rowOf(3, "eve")] }));
    const swapped = [
      rowOf(1, "ada", on("grace")),
      rowOf(2, "grace", on("ada")),
      rowOf(3, "eve", { email: "" }),
      rowOf(4, "bob", on("eve")),
    ];
    for (const more of [["--dry-run"], []]) {
      const { code, output } = await runImport("flask", sourceDatabase("app", { user: swapped }), more);
      expect(code).toBe(0);
      expect(output).toMatch(/^skipped\s+1$/m);
      expect(output).toMatch(/^2 with another email in the source: not changed, because another account .* \(1, 2\)$/m);
      expect(output).toMatch(/^1 without a valid email in the source.* \(3\)$/m);
      expect(output).toMatch(/^1 skipped: an account with this email already exists \(4\)$/m);
      expect(output.match(/skipped/g)).toHaveLength(2);
    }
    const kept = (await rows("users")).map(({ username, email }) => `${username} ${email}`);
    expect(new Set(kept)).toEqual(new Set(["ada ada@example.com", "eve eve@example.com", "grace grace@example.com"]));
  });

  it("import: disabled, enabled and changed accounts are listed, in the dry run too", async () => {
    const [on, off] = [{ is_active: 1 }, { is_active: 0 }];
    const first = [rowOf(1, "ada", on), rowOf(2, "grace", off), rowOf(3, "eve", on), rowOf(4, "bob", on), rowOf(5, "tom", on)];
    expect(await importReport("flask", sourceDatabase("app", { user: first }))).toMatchObject({ troubles: { disabled: { ids: ["2"] } } });
    const later = { created_at: "2024-06-01 10:11:12" };
    const second = sourceDatabase("app", {
      user: [
        rowOf(1, "ada", off),
        rowOf(2, "grace", on),
        rowOf(3, "eve", { ...on, email: "eve-new@example.com" }),
        rowOf(5, "mallory", { ...on, ...later }),
        rowOf(6, "trent", { ...off, ...later }),
      ],
    });
    const kept = await runImport("flask", second, ["--dry-run", "--closed", "keep"]);
    expect(kept.output).toMatch(/^1 disabled in the source: still enabled; .* \(1\)$/m);
    for (const [more, how] of [
      [["--dry-run"], "would be "],
      [[], ""],
    ] as const) {
      const { output } = await runImport("flask", second, more);
      expect(output).toMatch(new RegExp(`^2 disabled in the source: ${how}disabled.* \\(1, 6\\)$`, "m"));
      expect(output).toMatch(new RegExp(`^1 enabled in the source again: ${how}enabled.* \\(2\\)$`, "m"));
      expect(output).toMatch(new RegExp(`^1 no longer in the source: ${how}disabled.* \\(4\\)$`, "m"));
      expect(output).toMatch(new RegExp(`^1 with an ID that now belongs to another user: ${how}disabled.* \\(5\\)$`, "m"));
      expect(output).toMatch(
        new RegExp(`^1 with another email in the source: ${how === "" ? "" : "would be "}changed here.* \\(3\\)$`, "m"),
      );
    }
    const { troubles, unchanged } = await importReport("flask", second);
    expect([troubles, unchanged]).toEqual([{}, 5]);
  });

  it("import: a missing password in the source is not reported if the user has one here", async () => {
    await importReport("flask", sourceDatabase("app", { user: [rowOf(1, "ada")] }));
    expect((await runInTarget(["users", "set-password", "ada"], {}, "a harbour at dusk\n")).code).toBe(0);
    expect((await importReport("flask", sourceDatabase("app", { user: [rowOf(1, "ada", { password: "" })] }))).troubles).toEqual({});
  });
});
