/** Attacks on apps that log in with providers: their codes, callback URLs and the exchange. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import type { Person } from "../../../../test/person.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";

const callback = "https://app.example.com/signed-in?via=latchkey";
const verifier = "a verifier that only this app knows, long enough";
const challenge = createHash("sha256").update(verifier).digest("base64url");
const query = (next = "/welcome", url = callback) => `?${new URLSearchParams({ callback: url, challenge, next })}`;

describe("attacks on apps that log in with providers", () => {
  let app: ProviderApp;
  const as = (sub: string) => {
    app.peer.user = { sub, email: `${sub}@example.com`, email_verified: true, preferred_username: sub };
  };
  const code = async (person: Person) => new URL((await app.continuesWith(person, query())).location ?? "").searchParams.get("code") ?? "";
  const logsOut = (claims: Record<string, unknown>) =>
    app.person().posts("/oauth/backchannel/work", { logout_token: app.peer.logoutToken(claims) }, { accept: "application/json" });
  const exchanges = (fields: Record<string, string>, headers = {}) => app.person().posts("/oauth/exchange", fields, headers);
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", PROVIDER_CALLBACKS: callback });
  });
  afterAll(() => app.close());

  it("app: its code goes to exactly its callback URL, and next is a parameter that stays at the app", async () => {
    as("redirected");
    for (const [next, given] of [
      ["/out?to=https://evil.example/", "/out?to=https://evil.example/"],
      ["https://app.example.com/a#b", "/a#b"],
      ["//evil.example", null],
      ["https://evil.example/", null],
      ["javascript:alert(1)", null],
    ] as const) {
      const back = new URL((await app.continuesWith(app.person(), query(next))).location ?? "");
      expect([back.origin + back.pathname, back.searchParams.get("via")]).toEqual(["https://app.example.com/signed-in", "latchkey"]);
      expect([back.searchParams.get("code")?.length, back.searchParams.get("next"), back.hash]).toEqual([43, given, ""]);
    }
  });

  it("app: a login that begins with another callback URL is refused", async () => {
    for (const url of [
      "https://app.example.com/",
      "https://app.example.com/signed-in",
      "https://app.example.com/signed-in?via=latchkey&to=x",
      "https://app.example.com/signed-in?via=latchkey#x",
      "https://app.example.com/x/../signed-in?via=latchkey",
      "https://APP.example.com/signed-in?via=latchkey",
      "https://app.example.com.evil.example/signed-in?via=latchkey",
      "",
    ])
      expect((await app.person().opens(`/oauth/start/work${query("/", url)}`)).status).toBe(403);
    expect((await app.person().opens(`/oauth/start/work?${new URLSearchParams({ callback })}`)).status).toBe(403);
    const member = await app.person({ username: "linking" }).isLoggedIn();
    expect((await member.opens(`/oauth/start/work${query()}&purpose=link`)).status).toBe(403);
  });

  it("app: garbage codes spend no budget of the network, so that other sites shut nobody out of logins", async () => {
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    for (let i = 0; i < 40; i++) expect((await exchanges({ code: i % 2 === 0 ? "x" : "x".repeat(43) }, foreign)).status).toBe(403);
    as("unlimited");
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
  });

  it("app: the exchange answers JSON to a form too, also when a second factor is due", async () => {
    const refused = await exchanges({ code: "x", verifier });
    expect([refused.status, refused.json()]).toMatchObject([403, { error: { code: "exchange-refused" } }]);
    const ada = await app.person({ username: "second" }).isLoggedIn();
    await verifiesEmail(app, ada);
    as("second-factor");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    await addsPhone(app, ada);
    const due = await exchanges({ code: await code(app.person()), verifier });
    expect([due.status, due.json(), [...due.setCookies.keys()]]).toMatchObject([202, { pending: expect.any(String) }, []]);
  });

  it("app: the code of a login that was unlinked in the meantime is refused", { tags: ["asvs-15.4.2"] }, async () => {
    const ada = await app.person({ username: "unlinks" }).isLoggedIn();
    await verifiesEmail(app, ada);
    as("unlinked-early");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const early = await code(app.person());
    const [identity] = await linkedOf(ada);
    expect((await unlinks(ada, identity?.id)).status).toBe(303);
    expect((await exchanges({ code: early, verifier })).status).toBe(403);
  });

  it.each([
    ["sid", (sid: string) => ({ sid, sub: undefined })],
    ["sub", () => ({ sid: undefined })],
  ])("app: a logout at the provider by %s ends its code, and that of no other session", async (name, claims) => {
    as(`coded-${name}`);
    app.peer.sid = "stays";
    const kept = await code(app.person());
    app.peer.sid = 'ends "now"';
    const ended = await code(app.person());
    expect((await logsOut(claims(app.peer.sid))).status).toBe(200);
    const statuses = [(await exchanges({ code: ended, verifier })).status, (await exchanges({ code: kept, verifier })).status];
    expect(statuses).toEqual([403, name === "sid" ? 200 : 403]);
  });
});
