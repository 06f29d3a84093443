/** What is left of an erased person in the files of the database. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cleanupExpired } from "../src/core/maintenance/cleanup.ts";
import { findUserByName } from "../src/core/users/users.ts";
import { engine, makeDatabase } from "./database.ts";
import { testApp } from "./person.ts";

// Runs on one engine: what PostgreSQL keeps, and for how long, docs/delete-account.md says.
describe.skipIf(engine !== "sqlite")("the files of the database", async () => {
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
  const found = (words: readonly string[]) => words.filter((word) => bytes().includes(word));

  /** Somebody among others, with everything that names them. */
  async function somebody(name: string) {
    for (let i = 0; i < 20; i++) await app.person({ username: `${name}-before-${i}`, email: `${name}-before-${i}@example.com` }).signsUp();
    const person = await app.person({ username: `${name}-erased`, email: `${name}-erased@mail.example` }).isLoggedIn();
    await person.fillsIn("/settings/display-name", { display_name: `The ${name} that was` });
    for (let i = 0; i < 20; i++) await app.person({ username: `${name}-after-${i}`, email: `${name}-after-${i}@example.com` }).signsUp();
    const password_hash = (await findUserByName(app.s, `${name}-erased`))?.password_hash;
    if (!password_hash) throw new Error("The account has no password.");
    const words = [`${name}-erased`, `${name}-erased@mail.example`, `The ${name} that was`, password_hash];
    expect(found(words)).toEqual(words);
    return { person, words };
  }

  it("hold neither name, email nor hash of somebody who was erased at once", async () => {
    const { person, words } = await somebody("ada");
    expect((await person.fillsIn("/settings/delete", { username: "ada-erased" })).status).toBe(303);
    expect(found(words)).toEqual([]);
  });

  it("hold neither name, email nor hash of somebody whom the sweep erased", async () => {
    const { words } = await somebody("grace");
    await app.s.db.updateTable("users").set({ erase_at: app.s.now() }).where("username", "=", "grace-erased").execute();
    expect(found(words)).toEqual(words);
    await cleanupExpired(app.s);
    expect(found(words)).toEqual([]);
  });
});
