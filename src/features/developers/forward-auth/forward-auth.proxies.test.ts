/** Tests forward auth through real proxies with the published configurations. */
// Runs with other programs: nginx and Caddy.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person, type TestApp, testApp } from "../../../../test/person.ts";

const deploy = resolve(import.meta.dirname, "../../../../deploy/forward-auth");

interface Ports {
  readonly proxy: number;
  readonly app: number;
  readonly latchkey: number;
}

interface Proxy {
  readonly name: string;
  readonly versionFlag: string;
  /** Writes its configuration into the folder and starts it. */
  readonly start: (folder: string, ports: Ports) => ChildProcess;
}

const proxies: Proxy[] = [
  { name: "nginx", versionFlag: "-v", start: startNginx },
  { name: "caddy", versionFlag: "version", start: startCaddy },
];

describe.each(proxies)("forward auth by $name", (proxy) => {
  const missing = isMissing(proxy);
  if (missing) console.error(`No ${proxy.name} is installed here: what it would do with our configuration is not tested.`);
  describe.skipIf(missing)("in front of an app without a login", () => guardedApp(proxy));
});

function guardedApp(proxy: Proxy): void {
  const seen: IncomingHttpHeaders[] = [];
  let latchkey: TestApp;
  let app: Server;
  let running: ChildProcess;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    const ports = { proxy: await freePort(), app: 0, latchkey: 0 };
    url = `http://127.0.0.1:${ports.proxy}`;
    // The maximum: proxies limit the size of response headers.
    const others = Array.from({ length: 200 }, (_, i) => `127.0.0.1:${10_000 + i}`);
    const hosts = [...others, `127.0.0.1:${ports.proxy}`].join(",");
    latchkey = await testApp({ BASE_URL: "http://127.0.0.1", FORWARD_AUTH_HOSTS: hosts });
    app = createServer(({ headers, method, url: path }, response) => {
      seen.push(headers);
      response.end(`${method} ${path}`);
    });
    await new Promise<void>((done) => app.listen(0, "127.0.0.1", done));
    folder = mkdtempSync(join(tmpdir(), `latchkey-${proxy.name}-`));
    const own = { ...ports, app: portOf(app), latchkey: Number(new URL(latchkey.url).port) };
    running = proxy.start(folder, own);
    await untilItListens(running, url);
    seen.length = 0;
  });
  afterAll(async () => {
    running.kill("SIGTERM");
    await new Promise((done) => running.once("close", done));
    app.closeAllConnections();
    app.close();
    await latchkey.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("proxy: a visitor without a session is led through login to the requested page", { tags: ["asvs-3.7.2"] }, async () => {
    const stranger = visitor();
    const asked = "/reports/2026?kind=a&note=%26%20b#no";
    const sent = await stranger.opens(asked.replace("#no", ""));
    expect(sent.status).toBe(303);
    const page = `${url}${asked.replace("#no", "")}`;
    expect(sent.location).toBe(`http://127.0.0.1/login?next=${encodeURIComponent(page)}`);
    expect(sent.setCookies.size).toBe(0);
    expect(seen).toEqual([]);
    const ada = latchkey.person({ username: "way" });
    await ada.signsUp();
    const login = new URL(sent.location ?? "");
    const { email, password } = ada.identity;
    const next = /name="next" value="([^"]*)"/.exec((await ada.opens(login.pathname + login.search)).html)?.[1] ?? "";
    const back = await ada.logsIn({ email, password, next: next.replaceAll("&amp;", "&") });
    expect([back.status, back.location]).toEqual([303, page]);
    const shown = await visitor(ada).opens(asked.replace("#no", ""));
    expect([shown.status, shown.html]).toEqual([200, `GET ${asked.replace("#no", "")}`]);
  });

  it("proxy: the app gets the identity headers of the session, not those of the client", { tags: ["asvs-4.1.3"] }, async () => {
    const ada = await latchkey.person({ username: "ada" }).isLoggedIn();
    await latchkey.s.db
      .updateTable("users")
      .set({ email_verified_at: 1, display_name: "Ada Łovelace" })
      .where("username", "=", "ada")
      .execute();
    const { id } = await latchkey.s.db.selectFrom("users").select("id").where("username", "=", "ada").executeTakeFirstOrThrow();
    const spoofed = {
      "Remote-User-Id": "root",
      "Remote-User": "root",
      "remote-groups": "admins",
      "Remote-Level": "2",
      "REMOTE-EMAIL": "root@example.com",
      "Remote-Name": "Root",
      Remote_User: "root",
    };
    for (const headers of [{}, spoofed]) {
      seen.length = 0;
      expect((await visitor(ada).opens("/", headers)).status).toBe(200);
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({
        "remote-user": "ada",
        "remote-user-id": id,
        "remote-email": "ada@example.com",
        "remote-name": "Ada %C5%81ovelace",
        "remote-level": "1",
      });
      expect(seen[0]?.["remote-groups"] ?? "").toBe("");
      // Without the cookies, whose random values contain four letters by chance.
      expect(JSON.stringify({ ...seen[0], cookie: "" })).not.toMatch(/root|admins/);
    }
  });

  it("proxy: empty identity headers replace those of the client", { tags: ["asvs-4.1.3"] }, async () => {
    const grace = await latchkey.person({ username: "grace" }).isLoggedIn();
    seen.length = 0;
    await visitor(grace).opens("/", { "Remote-Email": "boss@example.com", "Remote-Groups": "admins" });
    expect(seen[0]?.["remote-user"]).toBe("grace");
    expect([seen[0]?.["remote-email"] ?? "", seen[0]?.["remote-groups"] ?? ""]).toEqual(["", ""]);
  });

  it("proxy: the app gets its own cookies, and no session cookie", async () => {
    const member = await latchkey.person({ username: "member" }).isLoggedIn();
    const secret = member.cookies.get("latchkey_session") ?? "-";
    for (const cookie of [
      `a=1; latchkey_session=${secret}; b=2`,
      `latchkey_session=${secret}; a=1; b=2`,
      `a=1; b=2; latchkey_session=${secret}`,
    ]) {
      seen.length = 0;
      expect((await visitor().opens("/", { cookie })).status).toBe(200);
      expect(withoutNothing(seen[0]?.cookie)).toBe("a=1; b=2");
    }
    seen.length = 0;
    expect((await visitor().opens("/", { cookie: `latchkey_session=${secret}` })).status).toBe(200);
    expect(withoutNothing(seen[0]?.cookie)).toBe("");
  });

  it("proxy: a very long URL is redirected to login", async () => {
    for (const length of [100, 600, 900, 1_500, 3_000]) {
      const { status, location } = await visitor().opens(`/${"%20".repeat(length / 3)}`);
      expect([status, location]).toEqual([303, expect.stringMatching(/^http:\/\/127\.0\.0\.1\/login\?next=http/)]);
    }
  });

  it("proxy: forwarding headers of the client do not bypass the check", { tags: ["asvs-4.1.3"] }, async () => {
    for (const headers of [
      { "x-forwarded-host": "evil.test", "x-forwarded-proto": "https", "x-forwarded-uri": "//evil.test" },
      { "x-original-url": "https://evil.test/" },
      { "x-forwarded-for": "127.0.0.1" },
    ]) {
      seen.length = 0;
      const { status, location } = await visitor().opens("/page", headers);
      expect([status, seen]).toEqual([303, []]);
      expect(location).not.toContain("evil.test");
    }
  });

  it("proxy: API clients and scripts get 401 and no redirect", async () => {
    seen.length = 0;
    for (const headers of [{ accept: "application/json" }, { "sec-fetch-dest": "empty" }, { "sec-fetch-dest": "image" }]) {
      const { status, location } = await visitor().opens("/data", headers as Record<string, string>);
      expect([status, location]).toEqual([401, null]);
    }
    expect(seen).toEqual([]);
  });

  it("proxy: an API client gets no login page with status 200, and a CORS preflight reaches the app", async () => {
    const curl = async (...words: string[]) => {
      const child = spawn("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", ...words], { stdio: ["pipe", "pipe", "ignore"] });
      child.stdin.end("a file");
      let said = "";
      child.stdout.on("data", (part: Buffer) => {
        said += part.toString();
      });
      const [code] = (await once(child, "close")) as [number];
      return [code === 0, said];
    };
    seen.length = 0;
    expect(await curl("-fL", "-T", "-", `${url}/file`)).toEqual([false, "401"]);
    expect(await curl("-fL", "-H", "Content-Type: application/json", "-d", "{}", `${url}/hook`)).toEqual([false, "401"]);
    expect(await curl("-fL", `${url}/data`)).toEqual([false, "401"]);
    expect(await curl("-fL", "-X", "PROPFIND", `${url}/dav`)).toEqual([false, "401"]);
    for (const [method, headers] of [
      ["DELETE", {}],
      ["GET", { accept: "text/event-stream" }],
      ["GET", { accept: "application/vnd.api+json" }],
    ] as const) {
      const answer = await fetch(`${url}/data`, { method, headers, redirect: "manual" });
      expect([answer.status, answer.headers.get("location"), answer.headers.get("www-authenticate")]).toEqual([401, null, "Bearer"]);
    }
    expect(seen).toEqual([]);
    const preflight = { origin: "https://other.test", "access-control-request-method": "PUT", "remote-user": "root" };
    expect((await fetch(`${url}/data`, { method: "OPTIONS", headers: preflight })).status).toBe(200);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.["remote-user"] ?? "").toBe("");
  });

  it("proxy: a POST reaches the app with a session only", async () => {
    const sender = await latchkey.person({ username: "sender" }).isLoggedIn();
    seen.length = 0;
    const lost = await visitor().posts("/comment", { text: "hello" });
    expect([lost.status, lost.location]).toEqual([303, `http://127.0.0.1/login?next=${encodeURIComponent(`${url}/`)}`]);
    expect(seen).toEqual([]);
    expect((await visitor(sender).posts("/comment", { text: "hello" })).html).toBe("POST /comment");
    await sender.logsOut();
    expect((await visitor(sender).opens("/")).status).toBe(303);
  });

  it("proxy: an ended session gets the login, although the browser still sends its cookie", { tags: ["asvs-7.4.1"] }, async () => {
    const leaver = await latchkey.person({ username: "leaver" }).isLoggedIn();
    const copy = visitor(leaver);
    expect((await copy.opens("/")).status).toBe(200);
    await leaver.logsOut();
    seen.length = 0;
    expect([(await copy.opens("/")).status, seen]).toEqual([303, []]);
  });

  /** A browser at the app, with the cookies of another. */
  function visitor(like?: Person): Person {
    const person = new Person(url, {}, {});
    for (const [name, value] of like?.cookies ?? []) person.cookies.set(name, value);
    return person;
  }
}

/** The cookies with a value. */
function withoutNothing(cookie = ""): string {
  const all = cookie.split(";").map((part) => part.trim());
  return all.filter((part) => part !== "" && part !== "latchkey_session=").join("; ");
}

function isMissing({ name, versionFlag }: Proxy): boolean {
  try {
    execFileSync(name, [versionFlag], { stdio: "ignore" });
    return false;
  } catch {
    return true;
  }
}

/** As published, except for ports and the certificate. */
function startNginx(folder: string, ports: Ports): ChildProcess {
  const site = replaced(withPorts(readFileSync(join(deploy, "nginx.conf"), "utf8"), ports), [
    ["listen 443 ssl;", `listen 127.0.0.1:${ports.proxy};`],
    ["# if ($request_method = OPTIONS)", "if ($request_method = OPTIONS)"],
    ["  ssl_certificate     /etc/ssl/app.pem;\n", ""],
    ["  ssl_certificate_key /etc/ssl/app.key;\n", ""],
  ]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  const main = `daemon off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}\n}\n`;
  writeFileSync(join(folder, "nginx.conf"), main);
  return spawn("nginx", ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")], { stdio: "pipe" });
}

function startCaddy(folder: string, ports: Ports): ChildProcess {
  const site = replaced(withPorts(readFileSync(join(deploy, "Caddyfile"), "utf8"), ports), [
    ["\t\tforward_auth 127", "\t\t@guarded not method OPTIONS\n\t\tforward_auth @guarded 127"],
    ["app.example.com {", `{\n\tadmin off\n}\nhttp://127.0.0.1:${ports.proxy} {`],
  ]);
  writeFileSync(join(folder, "Caddyfile"), site);
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  return spawn("caddy", ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"], { stdio: "pipe", env });
}

function withPorts(text: string, { app, latchkey }: Ports): string {
  return replaced(text, [
    ["127.0.0.1:3000", `127.0.0.1:${app}`],
    ["127.0.0.1:5050", `127.0.0.1:${latchkey}`],
  ]);
}

/** Throws if a replaced text is missing: the published configuration would have changed. */
function replaced(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`There is no "${from}" in the configuration.`);
    return changed.replace(from, to);
  }, text);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Below the ports that systems give to others, so that none takes it before the proxy starts. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((done) => {
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => done(true));
    });
    if (!isFree) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

/** Resolves once it responds; throws its output if it ends. */
async function untilItListens(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  child.stderr?.on("data", (part: Buffer) => {
    said += part.toString();
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(said);
    const answered = await fetch(url, { redirect: "manual" }).catch(() => undefined);
    if (answered) return;
  }
}
