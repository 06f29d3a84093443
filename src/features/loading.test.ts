/** Tests what a start and the usual requests load: translations, and modules of features in use only. */
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

describe("loading of providers", () => {
  const declaration = ["exchange-token.ts", "lost-email-notice.ts", "offered.ts", "providers.messages.ts", "providers.ts"];

  it("providers: without one, neither a start nor the login page loads more than the declaration", () => {
    expect(modulesOf("log-in/providers", {})).toEqual([200, ...declaration]);
    for (const folder of ["core/providers", "core/identities"])
      expect(modulesOf(folder, {}).filter((each) => !String(each).includes("messages"))).toEqual([200]);
  });

  it("providers: with one, the login page loads the buttons, and no protocol", () => {
    const env = { PROVIDERS: "github", PROVIDER_GITHUB_CLIENT_ID: "client", PROVIDER_GITHUB_SECRET: "secret" };
    const pages = ["buttons.ts", "choices.ts", "logos.ts", "proof-cookie.ts"];
    expect(modulesOf("log-in/providers", env)).toEqual([200, ...[...declaration, ...pages].sort()]);
    expect(modulesOf("core/providers", env)).not.toContain("protocol.ts");
  });
});

describe("loading of translations", () => {
  it("translations: English alone loads none, and each other language loads its own", () => {
    expect(loadedWith("en")).toEqual({});
    const { de = 0, ...others } = loadedWith("en,de");
    expect([de > 40, others]).toEqual([true, {}]);
  });
});

/** Modules of second factors and passkeys that a start, a login and the usual pages load. */
function factorModules(env: Readonly<Record<string, string>>): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({
      load: (url, context, next) => {
        if (/\\/src\\/core\\/(?:two-factor|passkeys)\\/|simplewebauthn|\\/uqr\\//.test(url)) loaded.push(url.replace(/^.*\\/(src|node_modules)\\//, ""));
        return next(url, context);
      },
    });
    const { readSettings } = await import("./src/config/load.ts");
    const { features } = await import("./src/features/index.ts");
    const { openInstance } = await import("./src/features/open-instance.ts");
    const { createApp } = await import("./src/http/pipeline.ts");
    const { createUserByAdmin } = await import("./src/core/account/admin-actions.ts");
    const { actingAs } = await import("./src/core/request-info.ts");
    const key = "a test key that is long enough to sign with";
    const env = { DATABASE_URL: "sqlite::memory:", SECRET_KEY: key, LOG_LEVEL: "silent", ...JSON.parse(process.argv[1]) };
    const instance = await openInstance(readSettings(env), features);
    const app = createApp(instance.s, features);
    const [email, password] = ["ada@example.com", "a harbour at dusk"];
    await createUserByAdmin(instance.s, { username: "ada", email, password, emailVerified: true, extra: undefined }, actingAs("test"));
    const send = async (path, authorization, body) => {
      const headers = { accept: "application/json", ...(authorization ? { authorization } : {}), ...(body ? { "content-type": "application/json" } : {}) };
      const request = new Request("http://localhost:5050" + path, { headers, method: body ? "POST" : "GET", body: body && JSON.stringify(body) });
      const response = await app.fetch(request, { incoming: { socket: { remoteAddress: "127.0.0.1" } } });
      if (response.status >= 400) throw new Error(path + " " + response.status + " " + (await response.text()));
      return response.json();
    };
    await send("/login");
    const { token } = await send("/login", undefined, { email, password, session: "token" });
    for (const path of ["/dashboard", "/settings", "/settings/sessions", "/settings/activity"]) await send(path, "Bearer " + token);
    await instance.close();
    console.log(JSON.stringify(loaded));`;
  const args = ["--input-type=module", "-e", script, JSON.stringify(env)];
  return JSON.parse(execFileSync(join(root, "node_modules/.bin/node"), args, { cwd: root, encoding: "utf8" })) as string[];
}

/** What a feature declares must be loaded, and what says whether a site has passkeys. */
const declarations: ReadonlySet<string> = new Set([
  "core/passkeys/availability.ts",
  "core/two-factor/enrolled.ts",
  "core/two-factor/enrolment-code-token.ts",
]);

describe("loading of second factors and passkeys", () => {
  it("second factors: a site that uses none loads none of their modules", () => {
    const isCode = (path: string) => !path.endsWith(".messages.ts") && !declarations.has(path);
    expect(factorModules({ PASSKEYS: "off" }).filter(isCode)).toEqual([]);
  });
});

describe("loading of providers", () => {
  it("providers: a start and the login page load no protocol, without providers and with them", () => {
    const own = { PROVIDERS: "github", PROVIDER_GITHUB_CLIENT_ID: "id", PROVIDER_GITHUB_SECRET: "secret" };
    for (const env of [{}, own]) {
      expect(modulesOf("oauth4webapi", env)).toEqual([200]);
      expect(modulesOf("core/providers", env).filter((name) => !["provider.ts", "claims.ts"].includes(String(name)))).toEqual([200]);
    }
  });
});
