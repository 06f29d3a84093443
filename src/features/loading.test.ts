/** Counts the translations that a start loads, and the modules that logins load. */
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
  return run(script, languages) as Record<string, number>;
}

function run(script: string, ...parameters: string[]): unknown {
  const program = join(root, "node_modules/.bin/node");
  return JSON.parse(execFileSync(program, ["--input-type=module", "-e", script, ...parameters], { cwd: root, encoding: "utf8" }));
}

/** Modules of second factors that are loaded by the start, a login without a factor, the pages behind it and a cleanup. */
function loadedWithoutFactors(): unknown {
  return run(`
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({
      load: (url, context, next) => {
        const path = /\\/(core\\/two-factor\\/.*|features\\/two-factor\\/.*|node_modules\\/uqr\\/.*)$/.exec(url)?.[1];
        if (path) loaded.add(path);
        return next(url, context);
      },
    });
    const { readSettings } = await import("./src/config/load.ts");
    const { features } = await import("./src/features/index.ts");
    const { openInstance } = await import("./src/features/open-instance.ts");
    const { createUserByAdmin } = await import("./src/core/account/admin-actions.ts");
    const { cleanupExpired } = await import("./src/core/maintenance/cleanup.ts");
    const { actingAs } = await import("./src/core/request-info.ts");
    const { createApp } = await import("./src/http/pipeline.ts");
    const key = "a test key that is long enough to sign with";
    const settings = readSettings({ DATABASE_URL: "sqlite::memory:", SECRET_KEY: key, LOG_LEVEL: "silent" });
    const { s, close } = await openInstance(settings, features);
    const ada = { username: "ada", email: "ada@example.com", password: "a harbour at dusk", emailVerified: true };
    await createUserByAdmin(s, ada, actingAs("command line"));
    const app = createApp(s, features);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ email: ada.email, password: ada.password, session: "token" });
    const { token } = await (await app.request("http://localhost:5050/login", { method: "POST", headers, body })).json();
    const authorization = "Bearer " + token;
    const statuses = [];
    for (const path of ["/login", "/dashboard", "/settings"])
      statuses.push((await app.request("http://localhost:5050" + path, { headers: { authorization } })).status);
    await cleanupExpired(s);
    await close();
    console.log(JSON.stringify({ statuses, loaded: [...loaded].sort() }));`);
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
  return run(script, folder, JSON.stringify(env)) as string[];
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

describe("loading of second factors", () => {
  it("second factors: a site whose users have none loads their declaration alone", () => {
    expect(loadedWithoutFactors()).toEqual({
      statuses: [200, 200, 200],
      loaded: [
        "core/two-factor/enrolled.ts",
        "core/two-factor/enrolment-code-token.ts",
        "core/two-factor/enrolment-code.messages.ts",
        "features/two-factor/two-factor/enrolment-notice.ts",
        "features/two-factor/two-factor/enrolment.messages.ts",
        "features/two-factor/two-factor/trusted-devices.messages.ts",
        "features/two-factor/two-factor/two-factor.messages.ts",
        "features/two-factor/two-factor/two-factor.ts",
      ],
    });
  });
});
