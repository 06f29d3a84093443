import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/database.ts";
import { secretKey, testApp } from "../../../../test/person.ts";
import { addsPhone } from "../../../../test/two-factor.ts";
import { readSettings } from "../../../config/load.ts";
import type { Logger } from "../../../core/telemetry.ts";
import { features } from "../../index.ts";
import { openServing } from "../../open-instance.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await makeDatabase({ isMigrated: true });
});
afterEach(() => database.remove());

/** Errors that a start logs without these features. */
async function startErrors(...without: string[]): Promise<string[]> {
  const errors: string[] = [];
  const nothing = () => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: (text: string) => errors.push(text) } as unknown as Logger;
  const settings = readSettings({ DATABASE_URL: database.url, SECRET_KEY: secretKey, NODE_ENV: "test" });
  const enabled = features.filter(({ name }) => !without.includes(name));
  await (await openServing(settings, enabled, { log })).close();
  return errors;
}

describe("a start without the feature two-factor", () => {
  it("second factor: accounts that use one, and are not asked for it, are an error in the log", { tags: ["asvs-6.3.4"] }, async () => {
    expect(await startErrors("two-factor")).toEqual([]);
    const app = await testApp({ DATABASE_URL: database.url }, { verified: true });
    await addsPhone(app, await app.person().isLoggedIn());
    await app.close();
    expect(await startErrors()).toEqual([]);
    expect(await startErrors("two-factor")).toEqual([expect.stringContaining("log in without it")]);
  });
});
