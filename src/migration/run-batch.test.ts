import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../test/person.ts";
import { createUser } from "../core/account/create-account.ts";
import type { Transaction } from "../core/services.ts";
import type { Plan } from "./plan.ts";
import { runBatch } from "./run-batch.ts";

describe("batch of an import", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it.each([
    ["dry run: rolls back what was written, and returns the result", true, 0],
    ["import: commits what was written, and returns the result", false, 1],
  ] as const)("%s", async (_, isDry, count) => {
    const write = async (tx: Transaction) => (await createUser(tx, { username: "ada", email: "ada@example.com", passwordHash: "x" })).ok;
    expect(await runBatch(app.s, { isDry } as Plan, write)).toBe(true);
    expect(await app.s.db.selectFrom("users").select("id").execute()).toHaveLength(count);
  });

  it("dry run: an error of the work is thrown", async () => {
    const fail = runBatch(app.s, { isDry: true } as Plan, () => Promise.reject(new Error("broken")));
    await expect(fail).rejects.toThrow("broken");
  });
});
