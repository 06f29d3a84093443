import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { readAssets } from "./assets.ts";

const { readFileSync } = fs;
const { readFile } = fs.promises;

/** The next read of such a file fails, as where all descriptors are used up for a moment. */
function failsOnce(file: RegExp): void {
  const failure = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
  const afresh = () => {
    Object.assign(fs, { readFileSync });
    Object.assign(fs.promises, { readFile });
    syncBuiltinESMExports();
  };
  Object.assign(fs, {
    readFileSync: (...words: Parameters<typeof readFileSync>) => {
      if (!file.test(String(words[0]))) return readFileSync(...words);
      afresh();
      throw failure;
    },
  });
  Object.assign(fs.promises, {
    readFile: async (...words: Parameters<typeof readFile>) => {
      if (!file.test(String(words[0]))) return readFile(...words);
      afresh();
      throw failure;
    },
  });
  syncBuiltinESMExports();
}

describe("a file that cannot be read for a moment", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("script: answers 503 with Retry-After, and is served at the next request", async () => {
    failsOnce(/zxcvbn-ts\.js$/);
    const path = readAssets().url("strength.js");
    const refused = await app.person().opens(path);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await app.person().opens(path)).status).toBe(200);
  });

  it("list of common passwords: sign-up answers 503 with Retry-After, and works at the next try", async () => {
    failsOnce(/common-passwords\.bin$/);
    const ada = app.person({ username: "ada" });
    const refused = await ada.signsUp();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await ada.signsUp()).status).toBe(303);
  });
});
