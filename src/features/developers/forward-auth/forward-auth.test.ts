import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";

const base = "https://accounts.example.com";
const env = { BASE_URL: base, COOKIE_DOMAIN: "example.com", FORWARD_AUTH_HOSTS: "app.example.com, wiki.example.com:8443" };
const session = "__Secure-latchkey_session";

/** Headers that each proxy adds to a request to `https://HOST` + `URI`. */
const proxies = {
  Caddy: (host: string, uri: string, method = "GET") => ({
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-host": host,
    "x-forwarded-proto": "https",
    "x-forwarded-method": method,
    "x-forwarded-uri": uri,
  }),
  Traefik: (host: string, uri: string, method = "GET") => ({
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-host": host,
    "x-forwarded-proto": "https",
    "x-forwarded-method": method,
    "x-forwarded-uri": uri,
    "x-forwarded-port": "443",
    "x-forwarded-server": "edge",
    "x-real-ip": "203.0.113.7",
  }),
};
const { Caddy: caddy } = proxies;
const nginx = (host: string, uri: string, method = "GET") => ({ "x-original-url": `https://${host}${uri}`, "x-forwarded-method": method });

describe("forward auth", () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await testApp(env);
    ada = await app.person().isLoggedIn();
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).execute();
  });
  afterAll(() => app.close());

  describe.each(Object.entries(proxies))("requests of %s", (_name, asks) => {
    it("forward auth: a visitor without a session is redirected to login and back, and the response sets no cookie", {
      tags: ["asvs-3.7.2"],
    }, async () => {
      const answer = await app.person().opens("/forward-auth", asks("app.example.com", "/reports/7?a=1&b=%26#x"));
      expect([answer.status, answer.location]).toEqual([303, loginFor("https://app.example.com/reports/7?a=1&b=%26#x")]);
      expect([answer.headers.get("cache-control"), answer.setCookies.size]).toEqual(["no-store", 0]);
      expect(answer.html).toBe("Please log in to access this page.\n");
    });

    it("forward auth: a session gets 204 and the identity headers", async () => {
      const { status, headers, html } = await ada.opens("/forward-auth", asks("wiki.example.com:8443", "/"));
      expect([status, html, headers.get("remote-user"), headers.get("cache-control")]).toEqual([204, "", "ada", "no-store"]);
    });

    it("forward auth: a login during a POST leads back to the app's first page", async () => {
      const form = { ...asks("app.example.com", "/comment?a=1", "POST"), "content-type": "application/x-www-form-urlencoded" };
      const { status, location } = await app.person().opens("/forward-auth", form);
      expect([status, location]).toEqual([303, loginFor("https://app.example.com/")]);
    });

    it("forward auth: a host that is not listed gets 403, with and without a session", async () => {
      for (const host of [
        "evil.test",
        "example.com",
        "sub.app.example.com",
        "app.example.com:8443",
        "app.example.com, evil.test",
        "accounts.example.com",
      ]) {
        for (const person of [ada, app.person()]) {
          const { status, location, headers } = await person.opens("/forward-auth", asks(host, "/"));
          expect([status, location, headers.get("remote-user")], host).toEqual([403, null, null]);
        }
      }
    });
  });

  it("forward auth: nginx gets 401 with the URL of the login page", async () => {
    const answer = await app.person().opens("/forward-auth", nginx("app.example.com", "/reports?a=1&b=2"));
    expect([answer.status, answer.location]).toEqual([401, loginFor("https://app.example.com/reports?a=1&b=2")]);
    expect((await ada.opens("/forward-auth", nginx("app.example.com", "/reports"))).status).toBe(204);
    expect((await ada.opens("/forward-auth", nginx("evil.test", "/"))).status).toBe(403);
    for (const url of ["", "/reports", "//app.example.com/", "nonsense"]) {
      expect((await ada.opens("/forward-auth", { "x-original-url": url })).status, url).toBe(403);
    }
  });

  it("forward auth: a request without proxy headers gets 401 or 204", async () => {
    const { status, location } = await app.person().opens("/forward-auth");
    expect([status, location]).toEqual([401, null]);
    expect((await ada.opens("/forward-auth")).status).toBe(204);
  });

  it("forward auth: API clients, scripts and images get 401 and no redirect", async () => {
    for (const asks of [caddy, nginx]) {
      for (const headers of [
        { accept: "application/json" },
        { "sec-fetch-dest": "empty" },
        { "sec-fetch-dest": "image" },
        { "sec-fetch-dest": "websocket" },
        { accept: "*/*" },
        { accept: "application/vnd.api+json" },
        { accept: "text/event-stream" },
        { "sec-fetch-mode": "cors" },
        ...["PUT", "DELETE", "PROPFIND", "OPTIONS", "PATCH"].map((method) => ({ "x-forwarded-method": method })),
        { "x-forwarded-method": "POST", "content-type": "application/json" },
        { "x-forwarded-method": "POST", accept: "text/html", "content-type": "application/octet-stream" },
      ]) {
        const {
          status,
          location,
          headers: said,
        } = await app.person().opens("/forward-auth", { ...asks("app.example.com", "/data"), ...(headers as Record<string, string>) });
        expect([status, location, said.get("www-authenticate")], JSON.stringify(headers)).toEqual([401, null, "Bearer"]);
      }
    }
    const told = await app.person().opens("/forward-auth", { ...caddy("app.example.com", "/data"), accept: "application/json" });
    expect(told.json()).toEqual({ error: { code: "login-required", message: "Please log in to access this page." } });
    const page = await app.person().opens("/forward-auth", { ...caddy("app.example.com", "/"), "sec-fetch-dest": "document" });
    expect(page.status).toBe(303);
  });

  it("forward auth: return URLs are https, or http if BASE_URL is", { tags: ["asvs-3.7.2"] }, async () => {
    const overHttp = { ...caddy("app.example.com", "/"), "x-forwarded-proto": "http" };
    expect((await app.person().opens("/forward-auth", overHttp)).status).toBe(403);
    const local = await testApp({ BASE_URL: "http://localhost:5050", FORWARD_AUTH_HOSTS: "localhost:3000" });
    const asked = { ...caddy("localhost:3000", "/x"), "x-forwarded-proto": "http" };
    const { location } = await local.person().opens("/forward-auth", asked);
    expect(location).toBe("http://localhost:5050/login?next=http%3A%2F%2Flocalhost%3A3000%2Fx");
    await local.close();
  });

  it("forward auth: a WebSocket URL is treated as http or https", async () => {
    const socket = { ...caddy("app.example.com", "/live"), "x-forwarded-proto": "wss" };
    expect((await ada.opens("/forward-auth", socket)).status).toBe(204);
  });

  it("forward auth: a return URL too long for proxies is replaced by the app's first page", async () => {
    for (const [letters, isWhole] of [
      [100, true],
      [200, false],
      [2_100, false],
    ] as const) {
      const path = `/${"%C3%A9".repeat(letters)}`;
      const { location } = await app.person().opens("/forward-auth", caddy("app.example.com", path));
      expect(location).toBe(loginFor(`https://app.example.com${isWhole ? path : "/"}`));
    }
  });

  it("forward auth: every spelling of origin and path leads back to the page", { tags: ["asvs-3.7.2"] }, async () => {
    const page = loginFor("https://app.example.com/reports?a=1");
    const asked = caddy("app.example.com", "/reports?a=1");
    const same: Record<string, string>[] = [
      { "x-forwarded-host": "app.example.com:443" },
      { "x-forwarded-host": "App.Example.COM" },
      { "x-forwarded-host": "app.example.com, app.example.com" },
      { "x-forwarded-proto": "HTTPS" },
      { "x-forwarded-proto": "https, http" },
      { "x-forwarded-proto": "WSS" },
      { "x-forwarded-method": "get" },
      { "x-forwarded-method": "Head" },
    ];
    for (const headers of same) {
      const { status, location } = await app.person().opens("/forward-auth", { ...asked, ...headers });
      expect([status, location], JSON.stringify(headers)).toEqual([303, page]);
    }
    const original = { "x-original-url": "HTTPS://App.Example.com:443/reports?a=1", "x-forwarded-method": "get" };
    expect((await app.person().opens("/forward-auth", original)).location).toBe(page);
    // Node reads raw bytes as Latin-1.
    const raw = Buffer.from("/é?é=ü%20").toString("latin1");
    const ofBytes = loginFor("https://app.example.com/%C3%A9?%C3%A9=%C3%BC%20");
    expect((await app.person().opens("/forward-auth", { ...asked, "x-forwarded-uri": raw })).location).toBe(ofBytes);
    const nginxAsks = { "x-original-url": `https://app.example.com${raw}` };
    expect((await app.person().opens("/forward-auth", nginxAsks)).location).toBe(ofBytes);
    for (const headers of [
      { "x-forwarded-proto": "http, https" },
      { "x-forwarded-proto": "javascript" },
      { "x-forwarded-host": "app.example.com:80" },
      { "x-forwarded-host": "app.example.com@evil.test" },
      { "x-forwarded-host": "app.example.com\\@evil.test" },
      { "x-forwarded-host": "app.example.com, evil.test" },
      { "x-forwarded-host": "" },
    ]) {
      const { status, location } = await app.person().opens("/forward-auth", { ...asked, ...headers } as Record<string, string>);
      expect([status, location], JSON.stringify(headers)).toEqual([403, null]);
    }
  });

  it("OpenAPI document: the security scheme names the cookie of COOKIE_DOMAIN", async () => {
    const document = (await app.person().opens("/openapi.json")).json();
    expect(document).toMatchObject({ components: { securitySchemes: { cookie: { name: session } } } });
  });

  it("forward auth: two session cookies count as none, and both are expired", async () => {
    const token = ada.cookies.get(session);
    for (const cookie of [`${session}=${token}; ${session}=x`, `${session}=${token}; ${session}=${token}`]) {
      const { status, headers } = await app.person().opens("/forward-auth", { ...caddy("app.example.com", "/reports/7?a=1"), cookie });
      expect(status).toBe(303);
      const lines = headers.getSetCookie();
      expect(lines.filter((line) => !line.startsWith(`${session}=; Max-Age=0; `))).toEqual([]);
      for (const domain of ["app.example.com", "example.com"])
        for (const path of ["/", "/reports", "/reports/", "/reports/7"])
          for (const end of ["; Secure", "; Secure; Partitioned"])
            expect(lines).toContain(`${session}=; Max-Age=0; Domain=${domain}; Path=${path}${end}`);
      // nginx limits response headers to 4 kB.
      expect(lines.join("\r\nset-cookie: ").length).toBeLessThan(3_200);
    }
  });

  describe("identity headers", () => {
    it("identity headers: any name is percent-encoded, and none breaks a header", { tags: ["asvs-1.2.1"] }, async () => {
      const names: [string, string][] = [
        ["Ada Lovelace", "Ada Lovelace"],
        ["Zoë Žižek", "Zo%C3%AB %C5%BDi%C5%BEek"],
        ["雪 🦉", "%E9%9B%AA %F0%9F%A6%89"],
        ["100% a, b", "100%25 a%2C b"],
        ["a\r\nRemote-Groups: admins", "a%0D%0ARemote-Groups: admins"],
        [" a ", "%20a%20"],
        ["\u{7f}\u{0}x", "%7F%00x"],
      ];
      for (const [name, expected] of names) {
        // Stored without validation. PostgreSQL refuses NUL.
        const stored = name.replaceAll("\0", "\u{1}");
        await app.s.db.updateTable("users").set({ display_name: stored }).where("username", "=", "ada").execute();
        const { headers } = await ada.opens("/forward-auth", caddy("app.example.com", "/"));
        expect(headers.get("remote-name")).toBe(expected.replaceAll("%00", "%01"));
        expect(decodeURIComponent(headers.get("remote-name") ?? "")).toBe(stored);
        expect(headers.get("remote-groups")).toBe("");
      }
    });

    it("identity headers: username and verified email override those of the request", { tags: ["asvs-4.1.3"] }, async () => {
      const claims = {
        "remote-user": "root",
        "remote-email": "root@example.com",
        "remote-groups": "admins",
        "remote-level": "2",
        "remote-name": "Root",
        "remote-user-id": "0",
      };
      const { headers } = await ada.opens("/forward-auth", { ...caddy("app.example.com", "/"), ...claims });
      expect(["user", "email", "groups", "level"].map((part) => headers.get(`remote-${part}`))).toEqual([
        "ada",
        "ada@example.com",
        "",
        "1",
      ]);
      const { id } = await app.s.db.selectFrom("users").select("id").where("username", "=", "ada").executeTakeFirstOrThrow();
      expect(headers.get("remote-user-id")).toBe(id);
      expect((await app.person().opens("/forward-auth", { ...caddy("app.example.com", "/"), ...claims })).status).toBe(303);
    });

    it("identity headers: an unverified email is not sent", async () => {
      const mallory = await app.person({ username: "mallory", email: "boss@example.com" }).isLoggedIn();
      const { headers } = await mallory.opens("/forward-auth", caddy("app.example.com", "/"));
      expect([headers.get("remote-user"), headers.get("remote-email")]).toEqual(["mallory", ""]);
    });

    it("identity headers: a name in another script is percent-encoded", async () => {
      const zoe = await app.person({ username: "зоя", email: "zoya@example.com" }).isLoggedIn();
      const { headers } = await zoe.opens("/forward-auth", caddy("app.example.com", "/"));
      expect(headers.get("remote-user")).toBe("%D0%B7%D0%BE%D1%8F");
    });
  });

  it("forward auth: a request costs one indexed query, and a session is touched once a minute", { tags: ["asvs-7.3.1"] }, async () => {
    app.passes(2 * 60_000);
    app.resetRecords();
    for (let i = 0; i < 3; i++) expect((await ada.opens("/forward-auth", caddy("app.example.com", "/"))).status).toBe(204);
    const reads = app.queries.filter(({ isWrite }) => !isWrite);
    await app.waitForLastSeen();
    const writes = () => app.queries.filter(({ isWrite }) => isWrite);
    // A write can be read before it is durable.
    while (writes().length === 0) await new Promise(setImmediate);
    expect(reads.filter(({ sql }) => /^select .* where "sessions"."token_hash" = \?$/.test(sql))).toHaveLength(3);
    expect(reads.filter(({ sql }) => sql.startsWith("select"))).toHaveLength(3);
    expect(writes().filter(({ sql }) => sql.startsWith("update"))).toHaveLength(1);
  });

  it("forward auth: ended, idle and forged sessions get 401", { tags: ["asvs-7.3.1", "asvs-7.4.1"] }, async () => {
    const own = await testApp(env);
    const eve = await own.person({ username: "eve" }).isLoggedIn();
    const asks = async () => (await eve.opens("/forward-auth", caddy("app.example.com", "/"))).status;
    const cookie = eve.cookies.get(session) ?? "-";
    expect(await asks()).toBe(204);
    for (const value of ["", "a".repeat(43), `${cookie}x`]) {
      eve.cookies.set(session, value);
      expect(await asks()).toBe(303);
    }
    eve.cookies.set(session, cookie);
    own.passes(11 * 3_600_000);
    expect(await asks()).toBe(204);
    await eve.logsOut();
    eve.cookies.set(session, cookie);
    expect(await asks()).toBe(303);
    await eve.logsIn();
    expect(await asks()).toBe(204);
    own.passes(12 * 3_600_000);
    expect(await asks()).toBe(303);
    await own.close();
  });

  it("forward auth: the response sets neither HSTS nor cookies on the app's host", async () => {
    const ended = app.person();
    ended.cookies.set(session, "a".repeat(43));
    ended.cookies.set("__Host-latchkey_flash", "x");
    for (const person of [ended, ada]) {
      for (const headers of [caddy("app.example.com", "/"), nginx("app.example.com", "/"), caddy("evil.test", "/"), {}]) {
        const answer = await person.opens("/forward-auth", headers as Record<string, string>);
        expect([answer.headers.get("strict-transport-security"), answer.setCookies.size]).toEqual([null, 0]);
        expect(answer.headers.get("cache-control")).toBe("no-store");
      }
    }
  });

  it("forward auth: without FORWARD_AUTH_HOSTS it returns 404", async () => {
    const own = await testApp({ BASE_URL: base });
    const grace = await own.person({ username: "grace" }).isLoggedIn();
    for (const person of [grace, own.person()])
      expect((await person.opens("/forward-auth", caddy("app.example.com", "/"))).status).toBe(404);
    const back = await grace.logsIn({ next: "https://app.example.com/" });
    expect(back.location).toBe("/dashboard");
    await own.close();
  });

  it("forward auth: methods other than GET are refused", async () => {
    for (const method of ["PUT", "DELETE"]) expect([403, 405]).toContain((await ada.sends(method, "/forward-auth")).status);
    expect((await ada.sends("HEAD", "/forward-auth")).status).toBe(204);
  });

  it.each(["nginx.conf", "Caddyfile", "traefik.yml"])("proxy configurations: docs/forward-auth.md shows %s as it is", (file) => {
    const root = resolve(import.meta.dirname, "../../../..");
    const text = readFileSync(resolve(root, "deploy/forward-auth", file), "utf8");
    const page = readFileSync(resolve(root, "docs/forward-auth.md"), "utf8");
    const blocks = [...page.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
    expect(blocks).toContain(text);
  });

  it("proxy configurations: each copies every identity header, because the client could send a missing one", async () => {
    const answer = await ada.sends("GET", "/forward-auth", { headers: caddy("app.example.com", "/") });
    const sent = [...answer.headers.keys()].filter((name) => name.startsWith("remote-"));
    expect(sent).toHaveLength(6);
    const page = readFileSync(resolve(import.meta.dirname, "../../../../docs/forward-auth.md"), "utf8");
    const lists = [
      /copy_headers (.*)/,
      /authResponseHeaders: (.*)/,
      /customRequestHeaders: (.*)/,
      /((?:proxy_set_header Remote-\S+ .*\s+)+)/,
    ];
    for (const list of lists) {
      const named = [...(list.exec(page)?.[1] ?? "").matchAll(/Remote-[\w-]+/g)].map(([name]) => name.toLowerCase());
      expect(new Set(named), String(list)).toEqual(new Set(sent));
    }
  });
});

function loginFor(target: string): string {
  return `${base}/login?next=${encodeURIComponent(target)}`;
}
