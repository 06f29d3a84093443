/** Tests the security headers of every response. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type TestApp, testApp } from "./person.ts";

describe("response headers", () => {
  let app: TestApp;
  let answers: [string, Answer][];

  beforeAll(async () => {
    app = await testApp({ BASE_URL: "https://accounts.example.test" });
    const ada = app.person();
    const style = /href="(\/assets\/style[^"]+)"/.exec((await ada.opens("/")).html)?.[1] ?? "";
    const requests: [string, () => Promise<Answer>][] = [
      ...["/", "/login", "/signup", "/logout", "/dashboard", "/no/such/page", "/healthz", "/readyz", style, "/assets/none.css"].map(
        (path): [string, () => Promise<Answer>] => [`GET ${path}`, () => ada.opens(path)],
      ),
      ["GET / as JSON", () => ada.opens("/", { accept: "application/json" })],
      ["POST /login without a token", () => ada.posts("/login", {})],
      ["POST /login, wrong", () => ada.fillsIn("/login", { email: "a@b.example", password: "wrong wrong" })],
      ["POST /signup, wrong", () => ada.fillsIn("/signup", {})],
      ["POST /signup, too large", () => ada.posts("/signup", { username: "a".repeat(100_000) })],
      ["POST /signup as broken JSON", () => ada.sends("POST", "/signup", { headers: { "content-type": "application/json" }, body: "{" })],
      ["PUT /login", () => ada.sends("PUT", "/login")],
      ["POST /signup", () => ada.signsUp()],
      ["POST /login", () => ada.logsIn()],
      ["GET /dashboard, logged in", () => ada.opens("/dashboard")],
    ];
    answers = [];
    for (const [name, send] of requests) answers.push([name, await send()]);
  });
  afterAll(() => app.close());

  it("response headers: HSTS lasts two years and includes subdomains", { tags: ["asvs-3.4.1"] }, () => {
    each((headers) => expect(headers.get("strict-transport-security")).toBe("max-age=63072000; includeSubDomains"));
  });

  it("response headers: CSP allows same-origin scripts and styles only, and no inline ones", { tags: ["asvs-3.4.3"] }, () => {
    each((headers) => {
      const policy = headers.get("content-security-policy") ?? "";
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
      ])
        expect(policy).toContain(rule);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
    });
  });

  it("response headers: framing is forbidden", { tags: ["asvs-3.4.6"] }, () => {
    each((headers) => {
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-frame-options")).toBe("DENY");
    });
  });

  it("response headers: Content-Type is set and sniffing is disabled", { tags: ["asvs-3.2.1", "asvs-3.4.4", "asvs-4.1.1"] }, () => {
    each((headers, { html }) => {
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      if (html !== "")
        expect(headers.get("content-type")).toMatch(
          /^(?:text\/(?:html|css); charset=utf-8|application\/json|text\/plain; charset=UTF-8)$/i,
        );
    });
  });

  it("response headers: referrer, opener and embedding are restricted to the same origin", {
    tags: ["asvs-3.4.5", "asvs-3.4.8", "asvs-3.5.8"],
  }, () => {
    each((headers) => {
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    });
  });

  it("response headers: caching is forbidden, except for immutable files", { tags: ["asvs-14.2.2", "asvs-14.3.2"] }, () => {
    each((headers, { status }, name) => {
      const isFile = name.includes("/assets/style") && status === 200;
      expect(headers.get("cache-control")).toBe(isFile ? "public, max-age=31536000, immutable" : "no-store");
    });
  });

  it("response headers: no CORS access is granted and no software is named", { tags: ["asvs-3.4.2", "asvs-13.4.6"] }, () => {
    each((headers) => {
      for (const name of ["access-control-allow-origin", "access-control-allow-credentials", "server", "x-powered-by"])
        expect(headers.get(name)).toBeNull();
    });
  });

  function each(check: (headers: Headers, answer: Answer, name: string) => void): void {
    for (const [name, answer] of answers) {
      try {
        check(answer.headers, answer, name);
      } catch (error) {
        throw new Error(`${name} (${answer.status}): ${(error as Error).message}`, { cause: error });
      }
    }
  }
});

describe("pages", () => {
  it("pages: user input is escaped, and all resources are same-origin", { tags: ["asvs-3.2.2", "asvs-3.6.1"] }, async () => {
    const app = await testApp();
    const email = "o'neil&lt;b>@example.com".replace("&lt;b>", "&b");
    const oneil = await app.person({ username: "oneil", email }).isLoggedIn();
    const { html } = await oneil.opens("/dashboard");
    expect(html).toContain("o&#39;neil&amp;b@example.com");
    expect(html).not.toContain(email);
    expect(
      [...html.matchAll(/(?:src|href|action)="([^"]*)"/g)]
        .map(([, url]) => url)
        .filter((url) => !url?.startsWith("/") && !url?.startsWith("#")),
    ).toEqual([]);
    await app.close();
  });

  it("pages: no inline scripts or styles, and no secret questions", { tags: ["asvs-6.4.2"] }, async () => {
    const app = await testApp();
    for (const path of ["/", "/login", "/signup", "/logout"]) {
      const { html } = await app.person().opens(path);
      expect(html).not.toMatch(/<style|style="|<script(?![^>]* src=)|\son\w+="/);
      // A random token may contain any short word.
      expect(html.replaceAll(/value="[\w-]{43,}"/g, "")).not.toMatch(/question|hint for your password|mother/i);
    }
    await app.close();
  });
});

describe("new installation", () => {
  it("new installation: contains no accounts and no sessions", { tags: ["asvs-6.3.2", "asvs-7.6.2"] }, async () => {
    const app = await testApp();
    const anonymous = app.person();
    for (const path of ["/", "/login", "/signup", "/dashboard", "/logout"]) await anonymous.opens(path);
    expect(await app.s.db.selectFrom("users").select("id").execute()).toEqual([]);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toEqual([]);
    await app.close();
  });

  it("sessions: each login gets its own token, and deleting the account deletes its sessions", {
    tags: ["asvs-7.2.2", "asvs-7.4.2"],
  }, async () => {
    const app = await testApp();
    const ada = await app.person().isLoggedIn();
    const other = app.person();
    await other.logsIn();
    expect(other.cookies.get("latchkey_session")).not.toBe(ada.cookies.get("latchkey_session"));
    await app.s.db.deleteFrom("users").where("username", "=", "ada").execute();
    for (const person of [ada, other]) expect((await person.opens("/dashboard")).status).toBe(303);
    expect(await app.s.db.selectFrom("sessions").select("user_id").execute()).toEqual([]);
    await app.close();
  });
});
