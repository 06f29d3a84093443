/** Attack: unusual request targets, methods and Host headers. */
// Runs on one engine: such requests are rejected before any query.
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";
import { formPaths } from "./forms.ts";
import { sendRaw } from "./raw-http.ts";

const app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "3/1h", LIMIT_LOGIN_PER_IP: "10000/1h" });
afterAll(() => app.close());

const json = [["Content-Type", "application/json"] as const, ["Accept", "application/json"] as const];
const tryLogin = (path: string, email: string) =>
  sendRaw(app.url, { method: "POST", path, headers: json, body: JSON.stringify({ email, password: "a guess" }) });

/** Spellings of a path that bypassed a guard or limit elsewhere (GHSA-x732-6j76-qmhm). */
function spellings(word: string): string[] {
  const escaped = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
  const first = escaped(word.slice(0, 1)) + word.slice(1);
  return [
    ...[`//${word}`, `///${word}`, `/${word}/`, `/${word}//`, `/./${word}`, `/.//${word}`, `/x/../${word}`, `/${word}/.`, `/${word}/x/..`],
    ...[`/${word.toUpperCase()}`, `/${first}`, `/${first.toUpperCase()}`, `/${escaped(word)}`, `/%2f${word}`, `/%2e/${word}`],
    ...[`/${first.replace("%", "%25")}`, `/${first}?x=1`, `/${word}?`, `/${word}?/../x`, `/${word}#x`, `/${word};x`, `/${word};id=1`],
    ...[`/;/${word}`, `/${word}%3b`, `/${word}%00`, `/${word}%20`, `/${word}%2f`, `/${word}%2f..`, `/${word}%5c`, `/${word}%ff`],
    ...[`/${word}\\`, `\\${word}`, `/\\${word}`, `/${word}.`, `/${word}.html`, `/${word}.css`, `/${word}/x.css`, `/${word}%2fx.css`],
    ...[`http://127.0.0.1/${word}`, `http://evil.test/${word}`, `//evil.test/${word}`, word, `*`, `/${word}\xff`],
  ];
}

describe("path spellings of the login", () => {
  it.each(spellings("login").map((path, i) => ({ path, i })))(
    "path spellings: $path does not bypass the login limit",
    { tags: ["asvs-6.3.1"] },
    async ({ path, i }) => {
      const email = `spelled${i}@example.com`;
      for (let i = 0; i < 3; i++) await tryLogin("/login", email);
      expect((await tryLogin("/login", email)).status).toBe(429);
      app.resetRecords();
      expect([400, 404, 429]).toContain((await tryLogin(path, email)).status);
      expect(app.hashes).toEqual([]);
    },
  );
});

describe("path spellings of guarded pages", () => {
  it("path spellings: no spelling of a guarded path shows it to anonymous users", { tags: ["asvs-8.3.1"] }, async () => {
    for (const path of ["/dashboard", ...spellings("dashboard")]) {
      const { status, body, head } = await sendRaw(app.url, { path, headers: [["Accept", "text/html"]] });
      expect([303, 400, 404], path).toContain(status);
      if (status === 303) expect(head, path).toMatch(/^location: \/(?:dashboard\r?$|login\?next=)/im);
      expect(body, path).not.toContain("Your account");
    }
  });
});

describe("HTTP methods", () => {
  const paths = ["/", "/dashboard", "/healthz", ...formPaths(app)];

  it("HTTP methods: unsupported ones get 405 with Allow, and change nothing", { tags: ["asvs-4.1.4"] }, async () => {
    const ada = await app.person({ username: "methodical" }).isLoggedIn();
    const { token } = await ada.opens("/dashboard");
    const before = await databaseContents(app.s);
    for (const path of paths) {
      for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"]) {
        if (method === "OPTIONS" && path === "/healthz") continue;
        const headers = [["Cookie", ada.cookieHeader()] as const, ["X-CSRF-Token", token] as const];
        const { status, head, body } = await sendRaw(app.url, { method, path, headers });
        expect(status, `${method} ${path}`).toBe(405);
        expect(head, `${method} ${path}`).toMatch(
          formPaths(app).includes(path) ? /^allow: GET, HEAD, POST$/im : /^allow: GET, HEAD(?:, OPTIONS)?$/im,
        );
        expect(body).not.toContain(token);
      }
      const without = await sendRaw(app.url, { method: "DELETE", path, headers: [["Cookie", ada.cookieHeader()]] });
      expect(without.status, `DELETE ${path} without a token`).toBe(405);
    }
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("HTTP methods: invalid ones get 400", async () => {
    for (const method of ["FOO", "get", "GET\t", "TRACK", ""]) {
      expect((await sendRaw(app.url, { method, path: "/login" })).status, method).toBe(400);
    }
  });

  it("HTTP methods: override headers and fields are ignored", async () => {
    const ada = await app.person({ username: "overriding" }).isLoggedIn();
    const names = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
    const headers = Object.fromEntries(names.map((name) => [name, "POST"]));
    const { token } = await ada.opens("/logout");
    expect((await ada.opens(`/logout?_method=POST&csrf_token=${token}`, { ...headers, "x-csrf-token": token })).status).toBe(200);
    const answer = await ada.posts("/dashboard", { csrf_token: token, _method: "GET" }, { "x-http-method-override": "GET" });
    expect(answer.status).toBe(405);
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });
});

describe("Host header", async () => {
  const named = await testApp({ BASE_URL: "http://app.test" });
  afterAll(() => named.close());
  const forgedHost = "evil.test";
  const hostHeaders = [
    "X-Forwarded-Host",
    "X-Host",
    "X-Forwarded-Server",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Original-Host",
    "Forwarded",
  ];

  it("Host header: a forged host changes no response, in any header", async () => {
    const member = await named.person({ username: "ada" }).isLoggedIn();
    const mask = (text: string) => text.replaceAll(/value="[\w-]{86}"|^(?:date|set-cookie):.*$/gim, "");
    for (const path of ["/", "/login", "/signup", "/dashboard", "/nowhere"]) {
      const cookie = ["Cookie", path === "/dashboard" ? "" : member.cookieHeader()] as const;
      const plain = await sendRaw(named.url, { path, headers: [cookie] });
      for (const headers of [
        [["Host", forgedHost]],
        [["Host", `app.test:${forgedHost.length}`]],
        ...hostHeaders.map((name) => [[name, name.endsWith("URL") ? "/logout" : name === "Forwarded" ? `host=${forgedHost}` : forgedHost]]),
        [
          ["X-Forwarded-Proto", "https"],
          ["X-Forwarded-Port", "8443"],
          ["X-Forwarded-Prefix", `//${forgedHost}`],
        ],
      ] as [string, string][][]) {
        const answer = await sendRaw(named.url, { path, headers: [cookie, ...headers] });
        expect([mask(answer.head), mask(answer.body)], `${path} ${headers}`).toEqual([mask(plain.head), mask(plain.body)]);
      }
    }
  });

  it("Host header: invalid and repeated hosts are not used in responses", async () => {
    for (const host of ["app.test:evil", "a b", "app.test/evil", "user@app.test", "[::1", ""]) {
      const headers = [
        ["Host", host],
        ["Accept", "text/html"],
      ] as const;
      const { status, head, body } = await sendRaw(named.url, { path: "/dashboard", headers });
      expect([400, 303], host).toContain(status);
      expect(head + body, host).not.toContain(forgedHost);
    }
    const twice = await sendRaw(named.url, {
      path: "/login",
      headers: [
        ["Host", "app.test"],
        ["Host", forgedHost],
      ],
    });
    expect(twice.body).not.toContain(forgedHost);
  });
});
