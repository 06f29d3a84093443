// Runs on one engine: it opens no database.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bin } from "../../test/program.ts";
import { describeSettings, readGivenSettings, readSettings, SettingsError } from "./load.ts";

const production = { NODE_ENV: "production", SECRET_KEY: "k".repeat(32), BASE_URL: "https://accounts.example.com" };

describe("settings", () => {
  it("settings: an empty environment gives the defaults", () => {
    const [minute, hour] = [60_000, 3_600_000];
    expect(readSettings({})).toEqual({
      port: 5_050,
      languages: ["en"],
      host: "127.0.0.1",
      environment: "development",
      databaseUrl: "sqlite:var/latchkey.sqlite",
      databaseConnections: 10,
      databaseTimeoutMs: 5_000,
      databasePooler: "none",
      workers: 1,
      sessionsPerAccount: 100,
      emailsPerInboxLong: { count: 15, perMs: 24 * hour },
      secretKeys: [],
      baseUrl: "http://localhost:5050",
      baseUrlIsGiven: false,
      clearSiteData: "none",
      isDeployed: false,
      siteName: "Latchkey",
      confirmPassword: "on",
      loginWith: "email",
      newDeviceNotice: "on",
      emailLogin: "off",
      providers: [],
      providerCallbacks: [],
      emailFooter: "",
      geoipFile: "",
      theme: "default",
      themeAccent: "",
      themeLogo: undefined,
      themeLogoDark: undefined,
      themeRadius: "",
      themeFont: "",
      themeDensity: "comfortable",
      signup: "open",
      smtpUrl: undefined,
      metricsHost: "127.0.0.1",
      otel: {},
      mailFrom: { name: "Latchkey", email: "no-reply@localhost" },
      trustedProxies: [],
      tokenAudiences: [],
      forwardAuthHosts: [],
      cookieDomain: "",
      allowedOrigins: [],
      flaskSecretKeys: [],
      flaskCookieNames: ["session", "remember_token"],
      flaskApplication: "flask",
      mountPath: "",
      homeUrl: "",
      afterLogoutUrl: "/login",
      logLevel: "info",
      keepAliveMs: 75_000,
      lameDuckMs: 0,
      sessionIdleMs: 12 * hour,
      sessionLifetimeMs: 24 * hour,
      rememberIdleMs: 7 * 24 * hour,
      rememberLifetimeMs: 30 * 24 * hour,
      reauthenticateAfterMs: 15 * minute,
      auditRetentionMs: 90 * 24 * hour,
      deleteAfterMs: 7 * 24 * hour,
      usernameReleaseAfterMs: 30 * 24 * hour,
      passwords: "on",
      recoveryByEmailMs: 0,
      twoFactor: [],
      twoFactorGraceMs: 7 * 24 * hour,
      twoFactorTrustMs: 30 * 24 * hour,
      passkeys: "on",
      passkeyRpId: "",
      passkeyOrigins: [],
      passwordMinLength: 8,
      passwordRules: "none",
      breachedPasswordsUrl: "",
      hashQueue: 500,
      loginPerAccount: { count: 10, perMs: minute },
      loginPerIp: { count: 100, perMs: 10 * minute },
      loginPerSite: { count: 10_000, perMs: 10 * minute },
      loginPerDevice: { count: 10, perMs: minute },
      emailsPerInbox: { count: 5, perMs: hour },
      emailsPerInboxAndIp: { count: 4, perMs: 8 * hour },
      emailsPerDevice: { count: 10, perMs: 24 * hour },
      noticesPerInbox: { count: 10, perMs: hour },
      twoFactorCodes: { count: 30, perMs: 24 * hour },
      passwordChanges: { count: 10, perMs: hour },
      emailsPerIp: { count: 30, perMs: hour },
      codesPerIp: { count: 30, perMs: 10 * minute },
      signupPerIp: { count: 20, perMs: hour },
    });
  });

  it("settings: empty variables count as unset", () => {
    const empty = Object.fromEntries(describeSettings().map(({ env }) => [env, ""]));
    expect(readSettings(empty)).toEqual(readSettings({}));
  });

  it("settings: the documented defaults are the real ones", () => {
    const documented = describeSettings().flatMap(({ env, default: value }) => (value === undefined ? [] : [[env, value]]));
    expect(readSettings(Object.fromEntries(documented))).toEqual(readSettings({}));
  });

  it.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["NODE_ENV", "prod"],
    ["SIGNUP", "maybe"],
    ["SESSION_IDLE", "12"],
    ["SESSION_IDLE", "0h"],
    ["REMEMBER_LIFETIME", "31d"],
    ["LIMIT_LOGIN_PER_ACCOUNT", "10"],
    ["LIMIT_LOGIN_PER_ACCOUNT", "0/1m"],
    ["LIMIT_LOGIN_PER_ACCOUNT", "10/week"],
    ["PASSWORD_MIN_LENGTH", "7"],
    ["PASSWORD_RULES", "strict"],
    ["TRUST_PROXY", "my-proxy"],
    ["TOKEN_AUDIENCES", "two words"],
    ["TOKEN_AUDIENCES", "née"],
    ["FORWARD_AUTH_HOSTS", "https://app.example.com"],
    ["FORWARD_AUTH_HOSTS", "app.example.com/"],
    ["FORWARD_AUTH_HOSTS", "App.example.com"],
    ["FORWARD_AUTH_HOSTS", "app.example.com:443"],
    ["FORWARD_AUTH_HOSTS", "*.example.com"],
    ["FORWARD_AUTH_HOSTS", "me@app.example.com"],
    ["COOKIE_DOMAIN", "com"],
    ["COOKIE_DOMAIN", ".example.com"],
    ["COOKIE_DOMAIN", "example.com:443"],
    ["COOKIE_DOMAIN", "192.0.2.1"],
    ["TRUST_PROXY", "10.0.0.0/99"],
    ["MAIL_FROM", "Example"],
    ["MAIL_FROM", "Example <no-reply>"],
    ["MAIL_FROM", "a@example.com, b@example.com"],
    ["MAIL_FROM", "Example <a@example.com> <b@example.com>"],
    ["PROVIDER_CALLBACKS", "http://app.example.com/callback"],
    ["PROVIDER_CALLBACKS", "https://app.example.com/callback#x"],
    ["PROVIDER_CALLBACKS", "https://me:secret@app.example.com/callback"],
    ["PROVIDER_CALLBACKS", "https://app.example.com"],
    ["PROVIDER_CALLBACKS", "javascript:alert(1)"],
    ["BASE_URL", "accounts.example.com"],
    ["BASE_URL", "https://example.com/login"],
    ["BASE_URL", "https://me:secret@example.com"],
    ["BASE_URL", "javascript:alert(1)"],
    ["BASE_URL", "ftp://example.com"],
    ["BASE_URL", "https://example.com?x"],
    ["BASE_URL", "https://example.com#x"],
    ["PORT", "5050 "],
    ["PORT", "5e3"],
    ["TRUST_PROXY", "127.0.0.1; 10.0.0.1"],
    ["TRUST_PROXY", "127.0.0.1, 300.0.0.1"],
    ["TRUST_PROXY", "::1/129"],
    ["SESSION_LIFETIME", "-1h"],
    ["SESSION_LIFETIME", "1.5h"],
    ["REMEMBER_IDLE", "7 d"],
    ["LIMIT_SIGNUP_PER_IP", "1e3/1h"],
    ["LIMIT_LOGIN_PER_SITE", "10/1m/1h"],
    ["PASSWORD_MIN_LENGTH", "65"],
    ["SITE_NAME", "x".repeat(61)],
    ["LOG_LEVEL", "loud"],
    ["HASH_QUEUE", "many"],
  ])("settings: %s=%s is rejected in one line with its name and format", (name, value) => {
    const line = messageOf({ [name]: value });
    expect(line).toMatch(new RegExp(`^${name} must be .*; it is ".*"\\.$`));
    expect(line).toContain(value);
    expect(line).not.toContain("\n");
  });

  it("settings: nonsense is rejected by every setting that is not free text", () => {
    const beside: Record<string, object> = { FLASK_SECRET_KEY: { FLASK_COOKIES_UNTIL: "2026-12-31" } };
    const takeAnyName = ["HOST", "SITE_NAME", "METRICS_HOST", "IMPORTED_PEPPER", "FLASK_SECRET_KEY", "EMAIL_FOOTER", "GEOIP_FILE"];
    for (const { env } of describeSettings()) {
      if (takeAnyName.includes(env)) expect(() => readSettings({ ...beside[env], [env]: "§" })).not.toThrow();
      else expect(messageOf({ [env]: "§" })).toMatch(new RegExp(`^${env} must be .*\\.$`));
    }
  });

  it("settings: any invalid value is rejected in one line without control characters", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("PORT", "SIGNUP", "SESSION_IDLE", "LIMIT_LOGIN_PER_ACCOUNT"),
        fc.string({ unit: "binary" }),
        (name, value) => {
          const line = messageOf({ [name]: `!${value}` });
          expect(line).toMatch(new RegExp(`^${name} must be .*; it is "!`));
          expect(line).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });

  it("settings: error messages contain no secret", { tags: ["asvs-16.2.5"] }, () => {
    expect(messageOf({ SECRET_KEY: "short canary" })).toMatch(
      /^SECRET_KEY must be at least 32 characters .*npx latchkey secrets generate\.$/,
    );
    expect(messageOf({ SECRET_KEY: `${"k".repeat(32)},canary` })).not.toMatch(/canary|kkk/);
    expect(messageOf({ SECRET_KEYS: "canary" })).not.toContain("canary");
    expect(messageOf({ DATABASE_URL: "mysql://me:canary@host/db" })).toMatch(/^DATABASE_URL must be a SQLite path .*several hosts/);
    expect(messageOf({ DATABASE_URL: "postgres://me:canary@host/db?target_session_attrs=canary" })).toBe(
      "DATABASE_URL is invalid: its target_session_attrs must be any, read-write or primary.",
    );
    expect(messageOf({ DATABASE_URL: "postgres://me:canary@host/db?sslmod=require" })).toBe(
      "DATABASE_URL is invalid: it has an unknown parameter, did you mean sslmode?",
    );
  });

  it.each(["SECRET_KEY", "BASE_URL"])("settings: production requires %s", { tags: ["asvs-13.3.1"] }, (name) => {
    expect(readSettings(production).baseUrlIsGiven).toBe(true);
    expect(messageOf({ ...production, [name]: "" })).toMatch(new RegExp(`^${name} must be set in production: `));
  });

  it("settings: Flask cookies need both a key and a last day", () => {
    expect(messageOf({ FLASK_SECRET_KEY: "canary" })).toMatch(/^FLASK_COOKIES_UNTIL must be set if FLASK_SECRET_KEY is set\. .*\.$/);
    expect(messageOf({ FLASK_COOKIES_UNTIL: "2026-12-31" })).toMatch(/^FLASK_SECRET_KEY must be set if FLASK_COOKIES_UNTIL is set: .*\.$/);
    for (const day of ["2026-02-29", "2026-13-01", "31.12.2026", "30d"])
      expect(messageOf({ FLASK_SECRET_KEY: "canary", FLASK_COOKIES_UNTIL: day })).toMatch(/^FLASK_COOKIES_UNTIL must be a day such as/);
    expect(messageOf({ FLASK_SECRET_KEY: "hex:canary" })).toMatch(/^FLASK_SECRET_KEY must be/);
    const { flaskSecretKeys, flaskCookiesUntil } = readSettings({ FLASK_SECRET_KEY: "one, hex:0aFF", FLASK_COOKIES_UNTIL: "2028-02-29" });
    expect([flaskSecretKeys, flaskCookiesUntil]).toEqual([["one", "hex:0aFF"], Date.UTC(2028, 2, 1)]);
  });

  it.each([{ BASE_URL: "https://accounts.example.com" }, { BASE_URL: "http://10.0.0.7" }, { TRUST_PROXY: "127.0.0.1" }])(
    "settings: %j counts as production and requires SECRET_KEY",
    { tags: ["asvs-13.3.1"] },
    (env) => {
      expect(() => readGivenSettings({ NODE_ENV: "development", ...env })).toThrow(/^SECRET_KEY must be set in production \(/);
      expect(readSettings({ ...env, SECRET_KEY: production.SECRET_KEY }).isDeployed).toBe(true);
    },
  );

  it("settings: SIGNUP=confirm requires SMTP_URL in production", () => {
    expect(messageOf({ ...production, SIGNUP: "confirm" })).toMatch(/^SMTP_URL must be set if SIGNUP is confirm\. .*\.$/);
    expect(readSettings({ ...production, SIGNUP: "confirm", SMTP_URL: "smtp://mail.example.com" }).signup).toBe("confirm");
    expect(readSettings({ SIGNUP: "confirm" }).signup).toBe("confirm");
  });

  it("settings: MAIL_FROM is parsed into a name and an email address", () => {
    const from = (text: string) => readSettings({ MAIL_FROM: text }).mailFrom;
    expect(from("no-reply@example.com")).toEqual({ name: "", email: "no-reply@example.com" });
    expect(from("Acme, Inc. <no-reply@example.com>")).toEqual({ name: "Acme, Inc.", email: "no-reply@example.com" });
    expect(from('"Ada: the site" <no-reply@example.com>')).toEqual({ name: "Ada: the site", email: "no-reply@example.com" });
  });

  it.each([
    ["SESION_IDLE", "SESSION_IDLE"],
    ["SECRET_KEYS", "SECRET_KEY"],
    ["LIMIT_LOGIN_PER_ACOUNT", "LIMIT_LOGIN_PER_ACCOUNT"],
    ["BASEURL", "BASE_URL"],
    ["TRUSTED_PROXY", "TRUST_PROXY"],
    ["SESSION_IDEL", "SESSION_IDLE"],
    ["DATABASE_URI", "DATABASE_URL"],
  ])("settings: misspelled %s is rejected and %s is suggested", (slip, meant) => {
    expect(messageOf({ [slip]: "x" })).toBe(`Unknown setting ${slip}. Did you mean ${meant}?`);
  });

  it("settings: variables of other programs are ignored", () => {
    const names = `PATH HOME HOSTNAME USER LOGNAME SHELL SHLVL PWD OLDPWD TERM LANG LC_ALL TZ MAIL EDITOR PAGER DISPLAY SESSION_MANAGER
      XDG_SESSION_ID XDG_SESSION_TYPE XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK SSH_CONNECTION DESKTOP_SESSION
      NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_VERSION npm_config_cache npm_lifecycle_event INIT_CWD COLOR FORCE_COLOR CI
      GITHUB_ACTIONS HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET LISTEN_FDS
      KUBERNETES_SERVICE_HOST KUBERNETES_PORT DATABASE_HOST PGHOST REDIS_URL SMTP_HOST SECRET_NAME _ __CF_USER_TEXT_ENCODING`;
    for (const name of names.split(/\s+/)) expect(() => readSettings({ [name]: "x" }), name).not.toThrow();
  });

  it("settings: the environment of this machine is ignored", () => {
    const ours = describeSettings().map(({ env }) => env);
    const others = Object.entries(process.env).filter(([name]) => !ours.includes(name));
    expect(others.length).toBeGreaterThan(0);
    expect(() => readSettings(Object.fromEntries(others))).not.toThrow();
  });

  it("settings: an unknown LIMIT_ variable is rejected", () => {
    expect(messageOf({ LIMIT_FOO: "1/1m" })).toBe("Unknown setting LIMIT_FOO. See docs/configuration.md for all settings.");
  });

  it("settings: SECRET_KEY and TRUST_PROXY are parsed as lists", () => {
    expect(readSettings({ SECRET_KEY: `${"a".repeat(32)}, ${"b".repeat(40)}` }).secretKeys).toEqual(["a".repeat(32), "b".repeat(40)]);
    const { trustedProxies } = readSettings({ TRUST_PROXY: "127.0.0.1, 10.0.0.0/8,::1,, fd00::/8 ," });
    expect(trustedProxies.map(([address, bits]) => `${address}/${bits}`)).toEqual(["127.0.0.1/32", "10.0.0.0/8", "::1/128", "fd00::/8"]);
  });

  it("settings: callback URLs are https, or http on this machine", () => {
    const callbacks = ["https://app.example.com/?a=b", "http://localhost:3000/callback"];
    expect(readSettings({ PROVIDER_CALLBACKS: callbacks.join() }).providerCallbacks).toEqual(callbacks);
  });

  it("settings: lists are deduplicated", () => {
    const { tokenAudiences } = readSettings({ TOKEN_AUDIENCES: " https://api.example.com, billing,,billing " });
    expect(tokenAudiences).toEqual(["https://api.example.com", "billing"]);
    const env = { BASE_URL: "https://accounts.example.com", COOKIE_DOMAIN: "example.com" };
    const { forwardAuthHosts } = readSettings({ ...env, FORWARD_AUTH_HOSTS: "app.example.com, example.com:8443" });
    expect(forwardAuthHosts).toEqual(["app.example.com", "example.com:8443"]);
    expect(readSettings({ FORWARD_AUTH_HOSTS: "localhost:3000" }).forwardAuthHosts).toEqual(["localhost:3000"]);
  });

  it.each([
    ["a cookie domain of another site", { COOKIE_DOMAIN: "example.org" }, "not example.org"],
    ["a cookie domain that is only a text suffix", { COOKIE_DOMAIN: "ounts.example.com" }, "not ounts.example.com"],
    ["a cookie domain below the host", { COOKIE_DOMAIN: "a.accounts.example.com" }, "not a.accounts.example.com"],
    [
      "a forward auth host without a shared cookie",
      { FORWARD_AUTH_HOSTS: "app.example.com" },
      "FORWARD_AUTH_HOSTS includes app.example.com",
    ],
    [
      "a forward auth host outside of the cookie domain",
      { FORWARD_AUTH_HOSTS: "app.example.com,app.example.org", COOKIE_DOMAIN: "example.com" },
      "FORWARD_AUTH_HOSTS includes app.example.org",
    ],
  ])("settings: %s is rejected", (_, env, words) => {
    expect(() => readSettings({ BASE_URL: "https://accounts.example.com", ...env })).toThrow(words);
  });

  it("settings: BASE_URL is normalised like in browsers", () => {
    for (const given of ["https://accounts.example.com", "https://accounts.example.com/", "HTTPS://Accounts.Example.COM:443"])
      expect(readSettings({ BASE_URL: given })).toMatchObject({ baseUrl: "https://accounts.example.com", baseUrlIsGiven: true });
    expect(readSettings({ PORT: "8080" }).baseUrl).toBe("http://localhost:8080");
  });

  it("settings: durations and rate limits are parsed in every unit", () => {
    const times = ["90s", "15m", "12h", "7d"].map((time) => readSettings({ SESSION_IDLE: time }).sessionIdleMs);
    expect(times).toEqual([90_000, 900_000, 43_200_000, 604_800_000]);
    expect(readSettings({ LIMIT_LOGIN_PER_ACCOUNT: "3/90s" }).loginPerAccount).toEqual({ count: 3, perMs: 90_000 });
    expect(readSettings({ REMEMBER_LIFETIME: "30d" }).rememberLifetimeMs).toBe(30 * 24 * 3_600_000);
  });

  it("settings: every description is a sentence and every format is a phrase", () => {
    for (const { env, description, format } of describeSettings()) {
      expect(description, env).toMatch(/\.$/);
      expect(format, env).not.toMatch(/\.$/);
    }
  });
});

describe("settings of the program", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("settings: .env is read, rejects unknown names, and is overridden by the environment", async () => {
    writeFileSync(join(folder, ".env"), "PORT=http\n");
    expect(await start({})).toBe('error: PORT must be a whole number from 0 to 65535; it is "http".\n');
    expect(await start({ PORT: "ftp" })).toContain('it is "ftp"');
    writeFileSync(join(folder, ".env"), "COLOUR=red\n");
    expect(await start({})).toBe("error: Unknown setting COLOUR. See docs/configuration.md for all settings.\n");
    writeFileSync(join(folder, ".env"), "# SIGNUP=closed\nPROT=5001\n");
    expect(await start({})).toBe("error: Unknown setting PROT. Did you mean PORT?\n");
  });

  it("settings: .env is validated like the environment", async () => {
    writeFileSync(join(folder, ".env"), "SIGNUP=maybe\n");
    expect(await start({})).toBe('error: SIGNUP must be open, confirm or closed; it is "maybe".\n');
    writeFileSync(join(folder, ".env"), "NODE_ENV=production\nBASE_URL=https://accounts.example.com\n");
    expect(await start({})).toMatch(/^error: SECRET_KEY must be set in production: .*\n$/);
    expect(existsSync(join(folder, "var"))).toBe(false);
  });

  it("settings: the development key is created once, readable by its owner only", async () => {
    await start({ PORT: "1", HOST: "203.0.113.1" });
    const path = join(folder, "var/secret-key");
    const key = readFileSync(path, "utf8");
    expect(key.trim()).toMatch(/^[\w-]{43}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "var/latchkey.sqlite")).mode & 0o777).toBe(0o600);
    expect(await start({ PORT: "1", HOST: "203.0.113.1" })).toMatch(/^error: Cannot listen on HOST and PORT: .*\n$/);
    expect(readFileSync(path, "utf8")).toBe(key);
  });

  /** Starts the program with invalid settings and returns its stderr. */
  function start(env: Record<string, string>): Promise<string> {
    const { PATH = "" } = process.env;
    return new Promise((done) => {
      execFile(process.execPath, [bin], { cwd: folder, env: { PATH, ...env } }, (error, _, stderr) => {
        expect(error?.code).toBe(1);
        done(stderr);
      });
    });
  }
});

function messageOf(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("The settings were accepted.");
}
