/** Tests the rules of the architecture, the routes and the settings. */
// Runs on one engine: it reads files.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeSettings } from "../src/config/load.ts";
import { features } from "../src/features/index.ts";
import { openEveryPage } from "./every-page.ts";
import { type TestApp, testApp } from "./person.ts";
import { shortMonths, wordsOutside } from "./pseudo.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const sources = globSync("src/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));

describe("architecture", () => {
  it("architecture: imports follow the layers, and dependency-cruiser sees every file", () => {
    const output = execFileSync("depcruise", ["--config", ".dependency-cruiser.json", "--output-type", "json", "src"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { modules, summary } = JSON.parse(output) as Cruise;
    expect(summary.violations).toEqual([]);
    const seen = modules.map(({ source }) => source);
    expect(sources.filter((path) => !seen.includes(path))).toEqual([]);
    // With an unsupported TypeScript version, the tool finds no imports and passes.
    expect(modules.find(({ source }) => source === "src/http/pipeline.ts")?.dependencies.length).toBeGreaterThan(10);
  });

  it("architecture: only sign-in.ts inserts sessions", { tags: ["asvs-6.1.3", "asvs-6.3.4"] }, () => {
    expect(filesWith(/(?:insertInto|preparedInsert)\("sessions"\)/)).toEqual(["src/core/sign-in/sign-in.ts"]);
  });

  it("architecture: only config/load.ts reads process.env", () => {
    expect(filesWith(/process\.env/)).toEqual(["src/config/load.ts"]);
  });

  it("architecture: only clock.ts and testing.ts read the clock", () => {
    // These files measure durations only.
    const measuring = [
      "src/core/credentials/password/hash-queue.ts",
      "src/db/sqlite/driver.ts",
      "src/db/sqlite/write-lock.ts",
      "src/observability/metrics.ts",
      "src/observability/traces.ts",
    ];
    const found = filesWith(/Date\.now|performance\.now|new Date\(\)|hrtime/);
    expect(found.filter((path) => !measuring.includes(path))).toEqual(["src/core/clock.ts", "src/testing.ts"]);
  });

  it("architecture: queries name their columns, since a newer version may add columns", () => {
    expect(filesWith(/selectAll|returningAll|\b(?:select|returning) \*/)).toEqual([]);
  });

  it("architecture: SQL that differs between engines is in src/db only", () => {
    const found = filesWith(/\.returning\(|\.onConflict\(|\.expression\(|\.setIsolationLevel\(|isPostgres|\w+Adapter\b/);
    expect(found.filter((path) => !path.startsWith("src/db/"))).toEqual([]);
    expect(found).toContain("src/db/statements.ts");
  });

  it("architecture: only respond.ts redirects", () => {
    // The test provider is another site.
    const isOther = (path: string) => path === "src/library/test-provider-answers.ts";
    expect(filesWith(/\.redirect\(|"?location"?:/i).filter((path) => !isOther(path))).toEqual(["src/http/response/respond.ts"]);
  });

  it("architecture: no raw HTML and no raw SQL", { tags: ["asvs-1.2.1", "asvs-1.2.4"] }, () => {
    expect(filesWith(/\braw\(|dangerouslySet|innerHTML/)).toEqual([]);
    // Only the template creates HTML.
    expect(filesWith(/isEscaped|new Html\(/)).toEqual(["src/ui/html.ts"]);
    expect(filesWith(/sql\.raw\b/)).toEqual([]);
    // This use writes integers of the code only.
    expect(filesWith(/sql\.lit\b/)).toEqual(["src/db/statements.ts"]);
  });

  it("architecture: no child processes and no evaluated code", { tags: ["asvs-1.2.5", "asvs-1.3.2"] }, () => {
    expect(filesWith(/child_process|\beval\s*[(:]|\bFunction\(|data:(?:text|application)\/javascript|node:vm|\bimport\(`/)).toEqual([]);
  });

  it("architecture: secrets never come from Math.random", { tags: ["asvs-6.5.3", "asvs-7.2.3", "asvs-11.5.1"] }, () => {
    // This use adds jitter to retries of the write lock.
    expect(filesWith(/Math\.random/)).toEqual(["src/db/sqlite/write-lock.ts"]);
  });

  it("architecture: links to own paths use the function that adds the mount path", () => {
    const pages = sources.filter((path) => /^src\/(?:features|http|ui)\//.test(path));
    expect(pages.filter((path) => / (?:href|action|src)="(?:\/|\$\{(?:href|action|path)\}")/.test(read(path)))).toEqual([]);
  });

  it("architecture: files have at most 400 lines", () => {
    expect(sources.filter((path) => read(path).split("\n").length > 400)).toEqual([]);
  });

  it("architecture: tests start the built program, which starts faster than the source", () => {
    const tests = globSync(["src/**/*.test.ts", "test/*.ts", "test/!(setup|package|house.test.ts)/**/*.ts"], { cwd: root });
    const found = tests.filter(
      (path) => path !== "test/house.test.ts" && /bin\/latchkey\.js|src\/main\.ts/.test(withoutComments(read(path))),
    );
    expect(found).toEqual(["test/program.test.ts"]);
  });

  it("architecture: test helpers register hooks in functions, since modules are shared between test files", () => {
    const besides = globSync("test/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));
    expect(besides.filter((path) => /^(?:before|after)(?:Each|All)\(/m.test(read(path)))).toEqual([]);
  });

  it("architecture: every source file begins with a doc comment", () => {
    expect(sources.filter((path) => !/^\/\*\* [A-Z].*(?:\.|\n)/.test(read(path)))).toEqual([]);
  });
});

describe("documentation", () => {
  it("documentation: each feature has a page and a test", () => {
    for (const { name } of features) {
      expect(existsSync(join(root, `docs/${name}.md`)), `docs/${name}.md`).toBe(true);
      const [test] = globSync(`src/features/*/${name}/${name}.test.ts`, { cwd: root });
      expect(test, `${name}.test.ts`).toBeDefined();
      expect(read(test ?? "")).toContain(`describe("${titleOf(name)}`);
    }
    const folders = globSync("src/features/*/*/*.ts", { cwd: root }).map((path) => path.split("/").at(-2));
    expect(new Set(folders)).toEqual(new Set(features.map(({ name }) => name)));
  });

  it("documentation: docs/configuration.md and .env.example list every setting and no other", () => {
    const known = describeSettings().map(({ env }) => env);
    const inTable = [...read("docs/configuration.md").matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
    const inExample = [...read(".env.example").matchAll(/^# ?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(inTable).toEqual(known);
    expect(inExample).toEqual(known);
  });

  it("documentation: feature pages name every setting for rate limits, sessions and passwords", { tags: ["asvs-6.1.1"] }, () => {
    const pages = ["login", "signup", "verify-email"].map((name) => read(`docs/${name}.md`)).join("");
    const settings = describeSettings().filter(({ env }) => /^(?:LIMIT|SESSION|REMEMBER|PASSWORD)_|^HASH_QUEUE$/.test(env));
    expect(settings.map(({ env }) => env).filter((env) => !pages.includes(`\`${env}`))).toEqual([]);
  });

  it("documentation: generated files are up to date", () => {
    execFileSync("node", ["tools/docs.ts", "--check"], { cwd: root, stdio: "pipe" });
  });

  it("documentation: every TypeScript example compiles", () => {
    expect(compileExamples()).toBe("");
  });
});

describe("public interface", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({
      TOKEN_AUDIENCES: "https://api.example.com",
      FORWARD_AUTH_HOSTS: "localhost:3000",
      LANGUAGES: "en,de,ar",
      EMAIL_LOGIN: "on",
    });
  });
  afterAll(() => app.close());

  it("public interface: these routes exist, guarded or public", async () => {
    const routes = app.hono.routes.filter(({ method }) => method !== "ALL");
    const anonymous = app.person();
    const table = await Promise.all(
      routes.map(async ({ method, path }) => {
        const { status } = await anonymous.opens(path.replaceAll(/:\w+/g, "none"));
        // Asset names contain a content hash.
        const name = path.replace(/^(\/assets\/\w+)\..*\.(\w+)$/, "$1.*.$2");
        return `${method} ${name} ${status === 303 ? "guarded" : "public"}`;
      }),
    );
    expect(table).toMatchInlineSnapshot(`
      [
        "GET /healthz public",
        "OPTIONS /healthz public",
        "GET /readyz public",
        "OPTIONS /readyz public",
        "GET /assets/style.*.css public",
        "GET /assets/icon.*.svg public",
        "GET /assets/page.*.js public",
        "GET /assets/dialog.*.js public",
        "GET /assets/password.*.js public",
        "GET /assets/passkeys.*.js public",
        "GET /assets/strength.*.js public",
        "GET / public",
        "GET /signup public",
        "POST /signup public",
        "GET /signup/passkey public",
        "POST /signup/passkey public",
        "GET /signup/passkey/options guarded",
        "POST /signup/passkey/options guarded",
        "GET /signup/passkey/create public",
        "POST /signup/passkey/create public",
        "GET /verify-email public",
        "POST /verify-email public",
        "GET /verify-email/confirm public",
        "POST /verify-email/confirm public",
        "GET /login public",
        "POST /login public",
        "GET /reset-password public",
        "POST /reset-password public",
        "GET /reset-password/sent public",
        "GET /reset-password/choose public",
        "POST /reset-password/choose public",
        "GET /login/recover guarded",
        "POST /login/recover guarded",
        "GET /report-compromise public",
        "POST /report-compromise public",
        "GET /report-compromise/unlock public",
        "POST /report-compromise/unlock public",
        "GET /dashboard guarded",
        "GET /confirm-password guarded",
        "POST /confirm-password guarded",
        "GET /settings guarded",
        "GET /settings/display-name guarded",
        "POST /settings/display-name guarded",
        "GET /settings/change-username guarded",
        "POST /settings/change-username guarded",
        "GET /settings/change-email guarded",
        "POST /settings/change-email guarded",
        "GET /settings/change-email/confirm guarded",
        "POST /settings/change-email/confirm guarded",
        "GET /settings/change-email/withdraw guarded",
        "POST /settings/change-email/withdraw guarded",
        "GET /revert-email public",
        "POST /revert-email public",
        "GET /language public",
        "POST /language public",
        "GET /settings/language guarded",
        "POST /settings/language guarded",
        "GET /.well-known/change-password guarded",
        "GET /settings/change-password guarded",
        "POST /settings/change-password guarded",
        "GET /settings/change-password/remove guarded",
        "POST /settings/change-password/remove guarded",
        "GET /settings/change-password/set guarded",
        "POST /settings/change-password/set guarded",
        "GET /passkeys/options guarded",
        "POST /passkeys/options guarded",
        "GET /passkeys/verify guarded",
        "POST /passkeys/verify guarded",
        "GET /settings/passkeys guarded",
        "POST /settings/passkeys guarded",
        "GET /settings/passkeys/options guarded",
        "POST /settings/passkeys/options guarded",
        "GET /settings/passkeys/later guarded",
        "POST /settings/passkeys/later guarded",
        "GET /settings/passkeys/rename guarded",
        "POST /settings/passkeys/rename guarded",
        "GET /settings/passkeys/remove guarded",
        "POST /settings/passkeys/remove guarded",
        "GET /login/two-factor public",
        "POST /login/two-factor public",
        "GET /settings/two-factor guarded",
        "GET /settings/two-factor/authenticator guarded",
        "POST /settings/two-factor/authenticator guarded",
        "GET /settings/two-factor/authenticator/rename guarded",
        "POST /settings/two-factor/authenticator/rename guarded",
        "GET /settings/two-factor/authenticator/remove guarded",
        "POST /settings/two-factor/authenticator/remove guarded",
        "GET /settings/two-factor/devices guarded",
        "POST /settings/two-factor/devices guarded",
        "GET /settings/two-factor/on guarded",
        "POST /settings/two-factor/on guarded",
        "GET /settings/two-factor/off guarded",
        "POST /settings/two-factor/off guarded",
        "GET /settings/two-factor/recovery guarded",
        "POST /settings/two-factor/recovery guarded",
        "GET /settings/two-factor/recovery/download guarded",
        "POST /settings/two-factor/recovery/download guarded",
        "GET /login/code public",
        "POST /login/code public",
        "GET /login/code/link public",
        "POST /login/code/link public",
        "GET /login/code/new public",
        "POST /login/code/new public",
        "GET /settings/email-login guarded",
        "POST /settings/email-login guarded",
        "GET /settings/sessions guarded",
        "POST /settings/sessions guarded",
        "GET /settings/activity guarded",
        "GET /settings/export guarded",
        "POST /settings/export guarded",
        "GET /settings/delete guarded",
        "POST /settings/delete guarded",
        "GET /token guarded",
        "POST /token guarded",
        "GET /.well-known/jwks.json public",
        "OPTIONS /.well-known/jwks.json public",
        "GET /forward-auth public",
        "GET /admin guarded",
        "GET /admin/events guarded",
        "GET /admin/failed-emails guarded",
        "GET /admin/charts guarded",
        "GET /admin/user guarded",
        "POST /admin/user guarded",
        "GET /admin/user/confirm guarded",
        "GET /logout public",
        "POST /logout public",
        "GET /dev/mailbox public",
        "GET /dev/mailbox/message public",
        "GET /dev/theme public",
        "GET /dev/theme/email public",
        "GET /dev/theme.css public",
        "GET /openapi.json public",
        "OPTIONS /openapi.json public",
      ]
    `);
  });

  it("public interface: no page shows a visitor, a user or an administrator text that is not a message", async () => {
    const settings = { TOKEN_AUDIENCES: "https://api.example.com", SIGNUP: "open", LANGUAGES: "en,de", EMAIL_LOGIN: "on" };
    const pseudo = await testApp(settings, { locale: "pseudo" });
    const { pages, data } = await openEveryPage(pseudo);
    await pseudo.close();
    const known = [...data, "Latchkey", "UTC", "node", "admin", "verify-email", "English", "English (Pseudo-Accents)", ...shortMonths];
    expect(pages.flatMap(({ who, path, html }) => wordsOutside(html, known).map((each) => ({ who, path, ...each })))).toEqual([]);
    const shown = pages.map(({ who, path }) => `${who} ${path}`);
    for (const page of ["visitor /login", "user /settings", "administrator /admin"]) expect(shown).toContain(page);
  });

  it("public interface: these settings exist with these defaults", () => {
    expect(describeSettings().map(({ env, default: value }) => `${env}=${value ?? ""}`)).toMatchInlineSnapshot(`
      [
        "PORT=5050",
        "HOST=127.0.0.1",
        "BASE_URL=",
        "MOUNT_PATH=",
        "NODE_ENV=development",
        "SECRET_KEY=",
        "TRUST_PROXY=",
        "WORKERS=1",
        "KEEP_ALIVE=75s",
        "LAME_DUCK=",
        "DATABASE_URL=sqlite:var/latchkey.sqlite",
        "DATABASE_CONNECTIONS=10",
        "DATABASE_TIMEOUT=5s",
        "DATABASE_POOLER=none",
        "SITE_NAME=Latchkey",
        "LANGUAGES=en",
        "SIGNUP=",
        "LOGIN_WITH=email",
        "HOME_URL=",
        "AFTER_LOGOUT_URL=",
        "TERMS_URL=",
        "PRIVACY_URL=",
        "CONTACT_URL=",
        "CLEAR_SITE_DATA=none",
        "THEME=default",
        "THEME_ACCENT=",
        "THEME_LOGO=",
        "THEME_LOGO_DARK=",
        "THEME_RADIUS=",
        "THEME_FONT=",
        "THEME_DENSITY=comfortable",
        "SMTP_URL=",
        "SMTP_NAME=",
        "MAIL_FROM=",
        "EMAIL_FOOTER=",
        "SESSION_IDLE=12h",
        "SESSION_LIFETIME=24h",
        "REMEMBER_IDLE=7d",
        "REMEMBER_LIFETIME=30d",
        "REAUTHENTICATE_AFTER=15m",
        "SESSIONS_PER_ACCOUNT=100",
        "GEOIP_FILE=",
        "NEW_DEVICE_NOTICE=on",
        "PASSWORDS=on",
        "PASSWORD_MIN_LENGTH=8",
        "PASSWORD_RULES=none",
        "CONFIRM_PASSWORD=on",
        "BREACHED_PASSWORDS_URL=",
        "HASH_QUEUE=500",
        "RECOVERY_BY_EMAIL=off",
        "TWO_FACTOR=optional",
        "TWO_FACTOR_GRACE=7d",
        "TWO_FACTOR_TRUST=30d",
        "PASSKEYS=on",
        "PASSKEY_RP_ID=",
        "PASSKEY_ORIGINS=",
        "EMAIL_LOGIN=off",
        "PROVIDERS=",
        "PROVIDER_CALLBACKS=",
        "LIMIT_LOGIN_PER_ACCOUNT=10/1m",
        "LIMIT_LOGIN_PER_IP=100/10m",
        "LIMIT_LOGIN_PER_SITE=10000/10m",
        "LIMIT_LOGIN_PER_DEVICE=10/1m",
        "LIMIT_EMAILS_PER_INBOX=5/1h",
        "LIMIT_EMAILS_PER_INBOX_LONG=15/1d",
        "LIMIT_EMAILS_PER_INBOX_AND_IP=4/8h",
        "LIMIT_EMAILS_PER_DEVICE=10/1d",
        "LIMIT_NOTICES_PER_INBOX=10/1h",
        "LIMIT_EMAILS_PER_IP=30/1h",
        "LIMIT_CODES_PER_IP=30/10m",
        "LIMIT_TWO_FACTOR_CODES=30/1d",
        "LIMIT_PASSWORD_CHANGES=10/1h",
        "LIMIT_SIGNUP_PER_IP=20/1h",
        "DELETE_AFTER=7d",
        "USERNAME_RELEASE_AFTER=30d",
        "AUDIT_RETENTION=90d",
        "ALLOWED_ORIGINS=",
        "TOKEN_AUDIENCES=",
        "FORWARD_AUTH_HOSTS=",
        "COOKIE_DOMAIN=",
        "LOG_LEVEL=info",
        "METRICS_PORT=",
        "METRICS_HOST=127.0.0.1",
        "METRICS_TOKEN=",
        "IMPORTED_PEPPER=",
        "FLASK_SECRET_KEY=",
        "FLASK_COOKIES_UNTIL=",
        "FLASK_COOKIE_NAMES=session,remember_token",
        "FLASK_APPLICATION=flask",
      ]
    `);
  });

  it("public interface: every POST route rejects cross-site requests and missing tokens", { tags: ["asvs-3.5.1"] }, async () => {
    const ada = await app.person({ username: "forged" }).isLoggedIn();
    const changing = app.hono.routes.filter(({ method }) => !["ALL", "GET", "OPTIONS"].includes(method));
    expect(changing.length).toBeGreaterThan(0);
    for (const { method, path } of changing) {
      const { token } = await ada.opens(path);
      const withoutToken = await ada.sends(method, path, { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "" });
      expect(withoutToken.status, `${method} ${path} without a token`).toBe(403);
      const foreign = await ada.posts(path, { csrf_token: token }, { origin: "https://evil.test" });
      expect(foreign.status, `${method} ${path} from elsewhere`).toBe(403);
    }
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("architecture: the login page loads no optional modules", () => {
    const loaded = modulesLoadedBy("/login");
    expect(loaded.some((url) => url.includes("/src/features/log-in/login/login.ts"))).toBe(true);
    const optional =
      /zxcvbn.*js$|weak-passwords|pino-pretty|bowser|mmdb-lib|simplewebauthn|core\/passkeys\/(?!availability|.*messages)|\/jose\/|oauth4webapi|core\/providers\/(?!provider\.ts|claims\.ts)/;
    expect(loaded.filter((url) => optional.test(url))).toEqual([]);
  });
});

interface Cruise {
  readonly modules: { readonly source: string; readonly dependencies: unknown[] }[];
  readonly summary: { readonly violations: unknown[] };
}

function filesWith(pattern: RegExp): string[] {
  return [...sources, ...globSync("src/**/*.browser.js", { cwd: root })]
    .filter((path) => pattern.test(withoutComments(read(path))))
    .sort(byName);
}

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

/** Returns the title of a feature's tests: `logout` is "log out". */
function titleOf(name: string): string {
  return { logout: "log out", login: "log in", signup: "sign up" }[name] ?? name.replaceAll("-", " ");
}

/** Writes each `ts` block to the path in its first line, and returns the compiler's output. */
function compileExamples(): string {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "examples-"));
  const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })];
  const files = pages.flatMap((page) => [...read(page).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code));
  expect(files.length).toBeGreaterThan(0);
  for (const code of files) {
    // docs.test.ts compares excerpts with their files.
    if (/^\/\/ From \S+\n/.test(code)) continue;
    // test/package compiles the files of a Next app.
    if (/^\/\/ (?:app|lib)\/\S+\.ts\n/.test(code)) continue;
    const path = join(folder, /^\/\/ ((?:src|guides)\/\S+\.ts)/.exec(code)?.[1] ?? "an-example-without-a-path.txt");
    expect(path).toMatch(/\.ts$/);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
  // rootDirs merges both trees, so that examples can import each other and the source.
  const packagePaths = {
    latchkey: [join(root, "src/index.ts")],
    "latchkey/testing": [join(root, "src/testing.ts")],
    "latchkey/client": [join(root, "src/client.ts")],
    "latchkey/*": [join(root, "src/library/adapters/*.ts")],
  };
  const compilerOptions = { rootDirs: [root, folder], rootDir: root, paths: packagePaths };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["src", "guides"] }),
  );
  try {
    return execFileSync("tsc", ["--singleThreaded", "-p", folder], { cwd: root, encoding: "utf8" });
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function modulesLoadedBy(path: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { testApp } = await import("./test/person.ts");
    const app = await testApp();
    await app.person().opens(${JSON.stringify(path)});
    await app.close();
    console.log(JSON.stringify(loaded));`;
  const output = execFileSync("node", ["--input-type=module", "-e", program], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  return JSON.parse(output) as string[];
}
