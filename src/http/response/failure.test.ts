import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import { readAssets } from "./assets.ts";

const { readFileSync } = fs;
const { readFile } = fs.promises;

/** Makes the next read of a matching file fail with EMFILE, like temporarily exhausted file descriptors. */
function failNextRead(file: RegExp): void {
  const failure = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
  const restore = () => {
    Object.assign(fs, { readFileSync });
    Object.assign(fs.promises, { readFile });
    syncBuiltinESMExports();
  };
  Object.assign(fs, {
    readFileSync: (...args: Parameters<typeof readFileSync>) => {
      if (!file.test(String(args[0]))) return readFileSync(...args);
      restore();
      throw failure;
    },
  });
  Object.assign(fs.promises, {
    readFile: async (...args: Parameters<typeof readFile>) => {
      if (!file.test(String(args[0]))) return readFile(...args);
      restore();
      throw failure;
    },
  });
  syncBuiltinESMExports();
}

describe("temporarily unreadable file", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("temporarily unreadable file: a script returns 503 with Retry-After, and 200 at the next request", async () => {
    failNextRead(/zxcvbn-ts\.js$/);
    const path = readAssets().url("strength.js");
    const refused = await app.person().opens(path);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await app.person().opens(path)).status).toBe(200);
  });

  it("temporarily unreadable file: sign-up without common passwords returns 503 with Retry-After, and works at the next try", async () => {
    failNextRead(/common-passwords\.bin$/);
    const ada = app.person({ username: "ada" });
    const refused = await ada.signsUp();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await ada.signsUp()).status).toBe(303);
  });
});
