/** Counts the translations that a start loads, and the modules that a login page loads. */
// Runs end to end: it starts Node with a hook that sees each loaded module.
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Languages of the translations that are loaded with this setting, and how many of each. */
function loadedWith(languages: string): Record<string, number> {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = {};
    registerHooks({
      load: (url, context, next) => {
        const language = /\\.messages\\.([\\w-]+)\\.ts$/.exec(url)?.[1];
        if (language) loaded[language] = (loaded[language] ?? 0) + 1;
        return next(url, context);
      },
    });
    const { readSettings } = await import("./src/config/load.ts");
    const { features } = await import("./src/features/index.ts");
    const { openInstance } = await import("./src/features/open-instance.ts");
    const key = "a test key that is long enough to sign with";
    const settings = readSettings({ DATABASE_URL: "sqlite::memory:", SECRET_KEY: key, LANGUAGES: process.argv[1], LOG_LEVEL: "silent" });
    const instance = await openInstance(settings, features);
    await instance.close();
    console.log(JSON.stringify(loaded));`;
  const output = execFileSync(join(root, "node_modules/.bin/node"), ["--input-type=module", "-e", script, languages], {
    cwd: root,
    encoding: "utf8",
  });
  return JSON.parse(output) as Record<string, number>;
}

/** Modules of the feature's folder that are loaded by a start and a request of the login page. */
function modulesOf(folder: string, env: Record<string, string>): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({
      load: (url, context, next) => {
        const name = url.split("/" + process.argv[1] + "/")[1];
        if (name) loaded.add(name);
        return next(url, context);
      },
    });
    const { readSettings } = await import("./src/config/load.ts");
    const { features } = await import("./src/features/index.ts");
    const { openInstance } = await import("./src/features/open-instance.ts");
    const { createApp } = await import("./src/http/pipeline.ts");
    const key = "a test key that is long enough to sign with";
    const own = JSON.parse(process.argv[2]);
    const settings = readSettings({ DATABASE_URL: "sqlite::memory:", SECRET_KEY: key, LOG_LEVEL: "silent", ...own });
    const instance = await openInstance(settings, features);
    const { status } = await createApp(instance.s, features).request("http://localhost:5050/login");
    await instance.close();
    console.log(JSON.stringify([status, ...[...loaded].sort()]));`;
  const output = execFileSync(join(root, "node_modules/.bin/node"), ["--input-type=module", "-e", script, folder, JSON.stringify(env)], {
    cwd: root,
    encoding: "utf8",
  });
  return JSON.parse(output) as string[];
}

describe("loading of features", () => {
  it("email login: neither a start nor the login page loads more than its declaration, on or off", () => {
    const declaration = ["email-login.emails.messages.ts", "email-login.messages.ts", "email-login.ts", "offered.ts", "purposes.ts"];
    for (const EMAIL_LOGIN of ["off", "on"]) expect(modulesOf("log-in/email-login", { EMAIL_LOGIN })).toEqual([200, ...declaration]);
  });
});

describe("loading of translations", () => {
  it("translations: English alone loads none, and each other language loads its own", () => {
    expect(loadedWith("en")).toEqual({});
    const { de = 0, ...others } = loadedWith("en,de");
    expect([de > 40, others]).toEqual([true, {}]);
  });
});
