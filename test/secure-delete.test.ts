/** Tests that erased accounts leave no data in the SQLite files. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cleanupExpired } from "../src/core/maintenance/cleanup.ts";
import { findUserByName } from "../src/core/users/users.ts";
import { engine, makeDatabase } from "./database.ts";
import { testApp } from "./person.ts";

// Runs on one engine: docs/delete-account.md describes what PostgreSQL keeps.
describe.skipIf(engine !== "sqlite")("secure delete", async () => {
  const database = await makeDatabase();
  const app = await testApp({ DATABASE_URL: database.url, DELETE_AFTER: "0", LIMIT_SIGNUP_PER_IP: "1000/1h" });
  afterAll(async () => {
    await app.close();
    await database.remove();
  });

  const bytes = () =>
    Buffer.concat(
      readdirSync(database.folder)
        .filter((name) => name.startsWith("test.sqlite"))
        .map((name) => readFileSync(join(database.folder, name))),
    );
  const found = (personalData: readonly string[]) => personalData.filter((word) => bytes().includes(word));

  /** Creates an account between others; returns it with its personal data in the files. */
  async function createAccountAmongOthers(name: string) {
    for (let i = 0; i < 20; i++) await app.person({ username: `${name}-before-${i}`, email: `${name}-before-${i}@example.com` }).signsUp();
    const person = await app.person({ username: `${name}-erased`, email: `${name}-erased@mail.example` }).isLoggedIn();
    await person.fillsIn("/settings/display-name", { display_name: `The ${name} that was 葛飾北斎` });
    for (let i = 0; i < 20; i++) await app.person({ username: `${name}-after-${i}`, email: `${name}-after-${i}@example.com` }).signsUp();
    const password_hash = (await findUserByName(app.s, `${name}-erased`))?.password_hash;
    if (!password_hash) throw new Error("The account has no password.");
    // The last is a part of the search index, which has no whole names.
    const personalData = [`${name}-erased`, `${name}-erased@mail.example`, `The ${name} that was`, password_hash, "北斎"];
    expect(found(personalData)).toEqual(personalData);
    return { person, personalData };
  }

  it("secure delete: an account erased at once leaves no name, email or hash in the files", async () => {
    const { person, personalData } = await createAccountAmongOthers("ada");
    expect((await person.fillsIn("/settings/delete", { username: "ada-erased" })).status).toBe(303);
    expect(found(personalData)).toEqual([]);
  });

  it("secure delete: an account erased by the cleanup leaves no name, email or hash in the files", async () => {
    const { personalData } = await createAccountAmongOthers("grace");
    await app.s.db.updateTable("users").set({ erase_at: app.s.now() }).where("username", "=", "grace-erased").execute();
    expect(found(personalData)).toEqual(personalData);
    await cleanupExpired(app.s);
    expect(found(personalData)).toEqual([]);
  });
});
