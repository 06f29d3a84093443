/** Attack: open redirects by `next` after a login. */
// Runs on one engine: redirects do not depend on the database.
import { afterAll, describe, expect, it } from "vitest";
import { sendRaw } from "../../../test/attacks/raw-http.ts";
import { type Answer, testApp } from "../../../test/person.ts";
import { foreignTargets } from "../../probe/attack-data.ts";

const base = "https://app.test";
const app = await testApp({ BASE_URL: base, LIMIT_SIGNUP_PER_IP: "1000/1h" });
afterAll(() => app.close());

/** URLs that are hostile for every site, and for this one. */
const hostile = [
  ...foreignTargets,
  ...["//app.test@evil.test", "//app.test:pw@evil.test/", "https://app.test@evil.test", "https://app.test.evil.test"],
  ...["https://app.testevil.test", "https://app.test:8443/x", "https://app.test/dashboard", "https://evil.test/app.test"],
  ...["https://evil.test?app.test", "https://evil.test#app.test", "https://evil.test\\@app.test", "https://evil.test\\.app.test"],
  ...["//evil%E3%80%82test", "//evil。test", "//ⓔvil.test", "//[::ffff:7f00:1]", "//2130706433", "https://ⓔvil.test"],
  ...["/..//evil.test", "/.//evil.test", "/./\\evil.test", "/a/..//evil.test", "/%2e%2e//evil.test", "/a/%2E.//evil.test"],
  ...[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://app.test/%0aalert(1)",
  ],
  ...["data:text/html,x", "vbscript:x", "blob:https://app.test/x", "file:///etc/passwd", "mailto:a@evil.test"],
  ...["/ok\r\nSet-Cookie: x=1", "/ok\nX: 1", "/ok\0", "", "?next=//evil.test", "#x", "dashboard", "../dashboard", "."],
  ...["/logout", "/logout/", "/logout?x=1", "/x/../logout", "/login", "/login/", "/login?next=/login", "/./login", "/login#x"],
];

/** Odd, but paths of this site: no browser decodes them again. */
const oddOwnPaths = ["/%0d%0aX:1", "/%2f/evil.test", "/%5cevil.test", "/dashboard//evil.test", "/@evil.test", "/:80", "/;evil.test"];

/** Checks that a response redirects within the site; returns the path. */
function redirectPath({ status, location }: Answer): string {
  expect(status).toBe(303);
  expect(location).toMatch(/^\/(?!\/)/);
  const url = new URL(location ?? "", base);
  expect(url.origin).toBe(base);
  expect(url.pathname).not.toMatch(/^\/\//);
  return location ?? "";
}

describe("next after a login", async () => {
  const ada = await app.person({ username: "wanderer" }).isLoggedIn();
  const { email, password } = ada.identity;

  const ways: Record<string, (next: string) => Promise<Answer>> = {
    "the query": async (next) => {
      const path = `/login?switch=1&next=${encodeURIComponent(next)}`;
      return ada.posts(path, { csrf_token: (await ada.opens(path)).token, email, password });
    },
    "the hidden field": (next) => ada.logsIn({ next }),
    "query and hidden field": async (next) =>
      ada.posts(`/login?next=${encodeURIComponent(next)}`, {
        csrf_token: (await ada.opens("/login?switch=1")).token,
        email,
        password,
        next,
      }),
  };

  describe.each(Object.entries(ways))("in %s", (_name, logInWithNext) => {
    it("next: hostile URLs lead to the dashboard", { tags: ["asvs-3.7.2"] }, async () => {
      const strays: [string, string][] = [];
      for (const next of hostile) {
        const path = redirectPath(await logInWithNext(next));
        if (path !== "/dashboard") strays.push([next, path]);
      }
      expect(strays).toEqual([]);
    });

    it("next: odd paths of the site are followed", { tags: ["asvs-3.7.2"] }, async () => {
      for (const next of oddOwnPaths) expect(redirectPath(await logInWithNext(next))).toBe(next);
    });

    it("next: paths of the site are followed with query and fragment", async () => {
      for (const next of ["/dashboard?x=1#y", "/dashboard?a=b&c=d", "/"]) expect(redirectPath(await logInWithNext(next))).toBe(next);
    });
  });

  it("next: the form contains safe URLs only", async () => {
    const answer = await ada.opens("/login?switch=1&next=%2Fdashboard%3Fx%3D1%23y");
    expect(answer.html).toContain('<input type="hidden" name="next" value="/dashboard?x=1#y">');
    const shown: string[] = [];
    for (const next of hostile) {
      const { status, html } = await ada.opens(`/login?switch=1&next=${encodeURIComponent(next)}`);
      const kept = /name="next" value="([^"]*)"/.exec(html)?.[1];
      if (status !== 200 || kept !== "/dashboard") shown.push(`${next}: ${status} ${kept}`);
    }
    expect(shown).toEqual([]);
  });

  it("next: kept after a wrong password if it is safe", async () => {
    const safe = await ada.logsIn({ password: "not this one", next: "/dashboard?x=1" });
    expect(safe.html).toContain('name="next" value="/dashboard?x=1"');
    const unsafe = await ada.logsIn({ password: "not this one", next: "//evil.test" });
    expect(unsafe.html).toContain('name="next" value="/dashboard"');
    expect(unsafe.html).not.toContain("evil.test");
  });

  it("next: a list is rejected or ignored", { tags: ["asvs-15.3.7"] }, async () => {
    const { token } = await ada.opens("/login?switch=1");
    const validFields: [string, string][] = [
      ["csrf_token", token],
      ["email", email],
      ["password", password],
    ];
    const doubled = await ada.posts("/login", [...validFields, ["next", "/dashboard"], ["next", "//evil.test"]]);
    expect([doubled.status, doubled.location]).toEqual([422, null]);
    expect(doubled.html).not.toContain("evil.test");
    const bracketed = await ada.posts("/login", [...validFields, ["next[]", "//evil.test"]]);
    expect(redirectPath(bracketed)).toBe("/dashboard");
    const { token: fresh } = await ada.opens("/login?switch=1");
    const twice = await ada.posts("/login?next=//evil.test&next=/dashboard", { csrf_token: fresh, email, password });
    expect(redirectPath(twice)).toBe("/dashboard");
  });

  it("next: a too long one leads to the dashboard, 413 or 431", async () => {
    expect(redirectPath(await ada.logsIn({ next: `/${"a".repeat(60_000)}` }))).toBe("/dashboard");
    expect((await ada.logsIn({ next: `/${"a".repeat(2 ** 16)}` })).status).toBe(413);
    expect((await sendRaw(app.url, { path: `/login?next=/${"a".repeat(2 ** 16)}` })).status).toBe(431);
  });
});

describe("next to the login itself", () => {
  it("next: percent-encoded paths of login and logout lead to the dashboard", async () => {
    const ada = await app.person({ username: "looping" }).isLoggedIn();
    for (const next of ["/%6cogin", "/%6cogout", "/%6c%6f%67%69%6e?next=/x"])
      expect((await ada.logsIn({ next })).location, next).toBe("/dashboard");
  });
});

describe("next to another host", async () => {
  const listed = ["app.friends.test", "friends.test:8443"];
  const accounts = "https://accounts.friends.test";
  const own = await testApp({ BASE_URL: accounts, COOKIE_DOMAIN: "friends.test", FORWARD_AUTH_HOSTS: listed.join(",") });
  afterAll(() => own.close());
  const ada = await own.person({ username: "traveller" }).isLoggedIn();

  /** URLs that resemble a listed host, against checks of a prefix, suffix or parsed part. */
  const nearlyListed = [
    ...["https://app.friends.test.evil.test", "https://app.friends.test@evil.test", "https://app.friends.test:pw@evil.test/"],
    ...["https://evil.test/app.friends.test", "https://evil.test#https://app.friends.test", "https://evil.test?https://app.friends.test/"],
    ...["https://app.friends.test\\@evil.test", "https://app.friends.test\\.evil.test", "https://app.friends.test\t.evil.test"],
    ...["https://evil.test\\@app.friends.test", "https:\\\\app.friends.test", "https:/app.friends.test", "https:app.friends.test"],
    ...["//app.friends.test", "//app.friends.test/x", "\\\\app.friends.test", "/\\app.friends.test", "app.friends.test"],
    ...["http://app.friends.test/", "HTTP://app.friends.test/", "https://APP.friends.test.evil.test/", "ftp://app.friends.test/"],
    ...["javascript://app.friends.test/%0aalert(1)", "data:https://app.friends.test/", "blob:https://app.friends.test/x"],
    ...[
      "https://app.friends.test:8443/",
      "https://app.friends.test:0443@evil.test/",
      "https://app.friends.test:/",
      "https://app.friends.test.:443/",
    ],
    ...["https://friends.test/", "https://friends.test:8444/", "https://friends.test:84433/", "https://friends.test:8443@evil.test/"],
    ...["https://app.friends.test./", "https://.app.friends.test/", "https://x.app.friends.test/", "https://xapp.friends.test/"],
    ...["https://me@app.friends.test/", "https://me:pw@app.friends.test/", "https://@app.friends.test/", "https:// app.friends.test/"],
    ...["https://app。friends.test/", "https://app%2Efriends.test/", "https://ａpp.friends.test/", "https://app.friends\u00ad.test/"],
    ...["https://app.friends.test%2f@evil.test", "https://app.friends.test%00.evil.test", "https://app.friends.test;evil.test"],
    ...[
      "https://app.friends.test\0/",
      "https://app.friends.test/\r\nSet-Cookie: x=1",
      " https://app.friends.test/",
      "\thttps://app.friends.test/",
    ],
    ...["https://accounts.friends.test/dashboard", "https://app.friends.test/a b", `https://app.friends.test/${"a".repeat(2_048)}`],
  ];

  it("next: URLs that resemble a listed host lead to the dashboard", { tags: ["asvs-3.7.2"] }, async () => {
    const strays: [string, string | null][] = [];
    for (const next of [...hostile, ...nearlyListed]) {
      const { status, location } = await ada.logsIn({ next });
      expect(status).toBe(303);
      if (location !== "/dashboard") strays.push([next, location]);
    }
    expect(strays).toEqual([]);
  });

  it("next: the form contains no URLs that resemble a listed host", { tags: ["asvs-3.7.2"] }, async () => {
    const shown: [string, string | undefined][] = [];
    for (const next of [...hostile, ...nearlyListed]) {
      const { html } = await own.person().opens(`/login?next=${encodeURIComponent(next)}`);
      const kept = /name="next" value="([^"]*)"/.exec(html)?.[1];
      if (kept !== "/dashboard" || html.includes("Log in to continue to")) shown.push([next, kept]);
    }
    expect(shown).toEqual([]);
  });

  it("next: every path of a listed host is followed", async () => {
    for (const host of listed) {
      for (const rest of [
        "/",
        "/a/b?c=d&e=%26#f",
        "/?next=//evil.test",
        "/%2f%2fevil.test",
        "/@evil.test",
        "//evil.test",
        "/logout",
        "/login",
      ]) {
        expect((await ada.logsIn({ next: `https://${host}${rest}` })).location).toBe(`https://${host}${rest}`);
      }
      expect((await ada.logsIn({ next: `https://${host}` })).location).toBe(`https://${host}/`);
      expect((await ada.logsIn({ next: `https://${host}?x#y` })).location).toBe(`https://${host}/?x#y`);
    }
    // Other spellings of the same origin.
    for (const origin of ["HTTPS://app.friends.test", "https://APP.friends.test", "https://app.friends.test:443"])
      expect((await ada.logsIn({ next: `${origin}/a?b` })).location).toBe("https://app.friends.test/a?b");
    expect((await ada.logsIn({ next: "/dashboard?x=1#y" })).location).toBe("/dashboard?x=1#y");
  });

  it("next: confirm-password leads back to a guarded host, and to no other", async () => {
    const confirms = async (next: string) =>
      (await ada.fillsIn("/confirm-password", { current_password: ada.identity.password, next })).location;
    expect(await confirms("https://app.friends.test/")).toBe("https://app.friends.test/");
    expect(await confirms("https://evil.test/")).toBe("/dashboard");
  });
});

describe("redirect to the login", () => {
  const anonymous = app.person();

  it("login redirect: `next` is the requested path, without a host", { tags: ["asvs-3.7.2"] }, async () => {
    expect((await anonymous.opens("/dashboard?next=//evil.test")).location).toBe("/login?next=%2Fdashboard%3Fnext%3D%2F%2Fevil.test");
    const absolute = await sendRaw(app.url, { path: "http://evil.test/dashboard" });
    expect(absolute.head).not.toContain("evil.test");
  });

  it("login redirect: request targets of other hosts are not redirected", async () => {
    for (const path of ["//evil.test", "//evil.test/dashboard", "/\\evil.test/dashboard", "/%5c%5cevil.test", "/%2f%2fevil.test/"]) {
      const { status, head } = await sendRaw(app.url, { path });
      expect([400, 404], path).toContain(status);
      expect(head).not.toMatch(/^location:/im);
    }
  });
});
