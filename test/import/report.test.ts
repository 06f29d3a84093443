/** What `latchkey import` says, and what it ends with. */
import { pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { imports, movesHere, report, rows, source } from "./moving.ts";

movesHere();

type Row = Readonly<Record<string, string | number | null>>;

function rowOf(id: number, name: string, more: Row = {}): Row {
  const password = `pbkdf2:sha256:1000$salt$${pbkdf2Sync(name, "salt", 1_000, 32, "sha256").toString("hex")}`;
  return { id, username: name, email: `${name}@example.com`, password, created_at: "2024-05-01 10:11:12", ...more };
}

describe("the report of an import", () => {
  it("ends with 0 and without the word Error where everybody has an account of their own, and with 1 where somebody may be another", async () => {
    const later = { created_at: "2024-05-02 10:11:12" };
    await report("flask", source("app", { user: [rowOf(1, "ada"), rowOf(2, "grace"), rowOf(3, "bob")] }));
    const reused = source("app", { user: [rowOf(1, "ada"), rowOf(2, "grace"), rowOf(3, "mallory", later)] });
    const dry = await imports("flask", reused, ["--dry-run"]);
    expect([dry.code, dry.said]).toEqual([1, expect.stringMatching(/^Error: 1 have an id that was somebody else’s: .* \(3\)$/m)]);
    const done = await imports("flask", reused);
    expect([done.code, done.said]).toEqual([0, expect.stringMatching(/^1 have an id that was somebody else’s: .* \(3\)$/m)]);
    expect(done.said).not.toContain("Error");

    const typed = rowOf(2, "trent", { ...later, email: "grace@example.com" });
    const unsure = source("app", { user: [rowOf(1, "ada"), typed, rowOf(3, "mallory", later), rowOf(4, "eve")] });
    for (const more of [["--dry-run"], []]) {
      const { code, said } = await imports("flask", unsure, more);
      expect([code, said]).toEqual([1, expect.stringMatching(/^Error: 1 have the id and the address of .* \(2\)$/m)]);
    }
    expect((await rows("users")).map(({ username }) => username)).toContain("eve");
    const { code, said } = await imports("flask", unsure, ["--json"]);
    expect([code, JSON.parse(said)]).toMatchObject([1, { unchanged: 3, troubles: { "person-not-sure": { ids: ["2"] } } }]);
  });
});
