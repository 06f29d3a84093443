/** Tests which columns of another app are recognized by their names. */
// Runs on one engine: it tests names of columns in the source.
import { describe, expect, it } from "vitest";
import { findShape } from "../../src/migration/shapes.ts";
import type { Source } from "../../src/migration/source.ts";
import { importReport, openTargetPerTest, runImport, sourceDatabase } from "./import-target.ts";

openTargetPerTest();

async function recognized(columns: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const fakeSource = { columns: async (table: string) => (table === "user" ? [...columns] : []) } as Partial<Source> as Source;
  return (await findShape(fakeSource, "flask", {})).columns;
}

describe("import columns", () => {
  it.each([
    ["created", ["created", "joined", "registered_at", "registered", "signup_date", "signed_up_at", "member_since", "RegisteredOn"]],
    ["email", ["Email", "e-mail", "emailAddress", "user_email", "mail_address"]],
    ["username", ["UserName", "login_name", "handle", "user_login"]],
    ["password", ["passwordHash", "password_digest", "passwd", "pwd_hash", "PasswordHash", "pass_hash", "user_password"]],
    ["verified", ["confirmed_on", "isVerified", "verified_at", "is_email_verified"]],
    ["active", ["isActive", "enabled"]],
    ["disabled", ["isBanned", "suspended", "deactivated_at"]],
    ["deleted", ["deletedAt", "deleted_on"]],
  ])("import columns: %s is recognized by its common names", async (field, names) => {
    const others = { id: "id", email: "email", password: "password" };
    for (const name of names) {
      const columns = Object.entries(others).flatMap(([other, column]) => (other === field ? [] : [column]));
      expect((await recognized([...columns, name]))[field], name).toBe(name);
    }
  });

  it("import columns: exact names and times are preferred", async () => {
    const columns = await recognized(["id", "EMail", "email", "password", "registered", "signup_date"]);
    expect(columns).toMatchObject({ email: "email", created: "signup_date" });
  });

  it("import columns: a missing sign-up time is reported with its effect and option", async () => {
    const password = "md5$$3cb4e732631f47e6eb961f34554b7cde";
    const url = (extra: object) =>
      sourceDatabase("app", {
        user: [
          { id: 1, username: "ada", email: "ada@example.com", password, ...extra },
          { id: 2, username: "grace", email: "grace@example.com", password, ...extra, ...("created" in extra ? { created: null } : {}) },
        ],
      });
    for (const extra of [["--dry-run"], []]) {
      const { output } = await runImport("flask", url({ first_seen: "2024-05-01 10:11:12" }), extra);
      expect(output).toMatch(/^No column with the sign-up time found\. .* --map created=COLUMN\./m);
    }
    const named = await runImport("flask", url({ first_seen: "2024-05-01 10:11:12" }), ["--map", "created=first_seen"]);
    expect(named.output).not.toContain("sign-up");
    expect((await runImport("flask", url({ joined: 1 }))).output).toMatch(
      /^No readable sign-up time in joined\. .* --map created=COLUMN\./m,
    );
    const some = url({ created: "2024-05-01 10:11:12" });
    expect((await runImport("flask", some)).output).toMatch(/^1 account has no readable sign-up time in created\. Without it, /m);
    expect(await importReport("flask", some)).toMatchObject({ timeless: 1, columns: { created: "created" } });
  });
});
