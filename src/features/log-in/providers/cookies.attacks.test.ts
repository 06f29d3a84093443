/** Attacks on logins with providers that are under way: cookies, waiting sign-ins and old proofs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeTo, type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

describe("attacks on logins with providers under way", () => {
  let app: ProviderApp;
  const as = (sub: string, isVouched = true) => {
    app.peer.user = { sub, email: `${sub}@example.com`, email_verified: isVouched, preferred_username: sub };
  };
  beforeAll(async () => {
    app = await providerApp({ SIGNUP: "open", LIMIT_CODES_PER_IP: "1000/10m", LIMIT_EMAILS_PER_IP: "1000/1h" });
  });
  afterAll(() => app.close());

  it.each(["漢".repeat(499), "a".repeat(499), "%00".repeat(166)])(
    "cookies of five attempts: they leave room in a header of 8 kB, whatever next holds",
    async (next) => {
      const person = app.person();
      for (let i = 0; i < 6; i++) {
        await person.opens(`/oauth/start/work?next=/${encodeURIComponent(next)}`);
        app.passes(10);
      }
      const kept = [...person.cookies].filter(([name]) => name.startsWith("latchkey_oauth_"));
      expect([kept.length, kept.map((pair) => pair.join("=")).join("; ").length < 6_500]).toEqual([5, true]);
    },
  );

  it("planted cookie: a name that is none of an attempt fails no start", async () => {
    const names = ["a b", "short", "nine_long", 'quo"ted!', "é2345678"];
    const cookie = names.map((name) => `latchkey_oauth_${name}=1`).join("; ");
    const started = await app.person().opens("/oauth/start/work", { cookie: Buffer.from(cookie).toString("latin1") });
    expect([started.status, [...started.setCookies.keys()].length]).toEqual([303, 1]);
  });

  it("proof: it ends 30 minutes after the provider's word, however many codes are asked for", async () => {
    as("fired", false);
    const person = app.person();
    await app.continuesWith(person);
    for (const email of ["fired1@example.net", "fired2@example.net"]) {
      await person.fillsIn("/signup/provider", { email });
      app.passes(29 * 60_000);
    }
    await person.fillsIn("/signup/provider", { email: "fired3@example.net" });
    await person.fillsIn("/signup/provider", { code: await codeTo(app, "fired3@example.net") });
    expect(await findUserByName(app.s, "fired")).toBeUndefined();
  });

  it("proof: within 30 minutes, a code of a second email finishes the sign-up", async () => {
    as("hired", false);
    const person = app.person();
    await app.continuesWith(person);
    await person.fillsIn("/signup/provider", { email: "hired1@example.net" });
    app.passes(25 * 60_000);
    await person.fillsIn("/signup/provider", { email: "hired2@example.net" });
    app.passes(4 * 60_000);
    await person.fillsIn("/signup/provider", { code: await codeTo(app, "hired2@example.net") });
    expect((await findUserByName(app.s, "hired"))?.email).toBe("hired2@example.net");
  });

  it("proofs: one identity keeps the newest five, whatever it starts", async () => {
    as("floods", false);
    const people = Array.from({ length: 7 }, () => app.person());
    for (const person of people) {
      await app.continuesWith(person);
      app.passes(1_000);
    }
    const rows = await app.s.db.selectFrom("provider_proofs").select("id").where("subject", "=", "floods").execute();
    expect(rows).toHaveLength(5);
    const open = await Promise.all(people.map((person) => person.opens("/signup/provider")));
    expect(open.map(({ status }) => status)).toEqual([303, 303, 200, 200, 200, 200, 200]);
    // Another identity is not affected.
    as("beside", false);
    const beside = app.person();
    await app.continuesWith(beside);
    expect([(await beside.opens("/signup/provider")).status, (await people[6]?.opens("/signup/provider"))?.status]).toEqual([200, 200]);
  });

  it("shared computer: after a logout, the next user does not go on with a login that waits on a page", async () => {
    const ada = await app.person({ username: "leaves" }).isLoggedIn();
    as("left-switch");
    await app.continuesWith(app.person());
    expect((await app.continuesWith(ada)).location).toBe("/login/provider/switch");
    expect((await ada.logsOut()).status).toBe(303);
    const { token } = await ada.opens("/login");
    const opened = await ada.opens("/login/provider/switch");
    expect([opened.status, opened.location]).toEqual([303, "/login"]);
    expect(ada.cookies.has("latchkey_proof")).toBe(false);
    expect((await ada.posts("/login/provider/switch", { csrf_token: token })).status).toBe(422);
    expect((await ada.opens("/dashboard")).status).toBe(303);
  });

  /** Leaves a page that asks whether to switch from this user to a new account. */
  const leavesSwitch = async (sub: string) => {
    const visitor = await app.person({ username: `${sub}.visitor` }).isLoggedIn();
    as(sub);
    await app.continuesWith(app.person());
    expect((await app.continuesWith(visitor)).location).toBe("/login/provider/switch");
    return visitor;
  };
  const proofsOf = (sub: string) => app.s.db.selectFrom("provider_proofs").select("stage").where("subject", "=", sub).execute();

  it("shared computer: a login left at the question to switch ends when another user logs in by password", async () => {
    const browser = await leavesSwitch("declined");
    const third = app.person({ username: "third" });
    await third.signsUp();
    const { email, password } = third.identity;
    expect((await browser.fillsIn("/login?switch=1", { email, password })).location).toBe("/dashboard");
    expect([await proofsOf("declined"), browser.cookies.has("latchkey_proof")]).toEqual([[], false]);
    expect((await browser.opens("/login/provider/switch")).location).toContain("/login");
    expect((await browser.opens("/settings")).text).toContain("third");
  });

  it("shared computer: a login that waits for an email or a username ends when another user logs in", async () => {
    for (const stage of ["email", "code", "username"]) {
      const sub = stage === "username" ? "no" : `waits-${stage}`;
      as(sub, stage === "username");
      if (stage === "username") app.peer.user = { ...app.peer.user, sub, email: "a@names.example", preferred_username: "!" };
      const browser = app.person({ username: `next.${stage}` });
      expect((await app.continuesWith(browser)).location).toBe("/signup/provider");
      if (stage === "code") await browser.fillsIn("/signup/provider", { email: "waits-code@example.net" });
      expect(await proofsOf(sub)).toEqual([{ stage }]);
      await browser.isLoggedIn();
      expect([await proofsOf(sub), browser.cookies.has("latchkey_proof")]).toEqual([[], false]);
    }
  });

  it("shared computer: a login that waits to be linked stays when its user logs in, since its page asks for that", async () => {
    for (const stage of ["link", "claim"]) {
      const owner = app.person({ username: `owner.${stage}`, email: `owns-${stage}@example.com` });
      await owner.isLoggedIn();
      if (stage === "link") await verifiesEmail(app, owner);
      as(`owns-${stage}`, stage === "claim");
      const browser = app.person(owner.identity);
      await app.continuesWith(browser);
      if (stage === "link") {
        await browser.fillsIn("/signup/provider", { email: owner.identity.email });
        await browser.fillsIn("/signup/provider", { code: await codeTo(app, owner.identity.email) });
      }
      expect(await proofsOf(`owns-${stage}`)).toEqual([{ stage }]);
      await browser.logsIn();
      expect((await browser.opens("/login/link")).text).toContain("Link accounts");
    }
  });

  it("shared computer: only the user whom the page has asked can switch, and nobody once that session is gone", async () => {
    const visitor = await leavesSwitch("asked");
    const secret = visitor.cookies.get("latchkey_proof") ?? "";
    const { html } = await visitor.opens("/login/provider/switch");
    const proof = /name="proof" value="([^"]*)"/.exec(html)?.[1] ?? "";
    const other = await app.person({ username: "asks" }).isLoggedIn();
    for (const person of [other, app.person()]) {
      const { token } = await person.opens(person === other ? "/settings/change-username" : "/login");
      person.cookies.set("latchkey_proof", secret);
      expect((await person.opens("/login/provider/switch")).location).toContain("/login");
      expect((await person.posts("/login/provider/switch", { csrf_token: token, proof })).status).toBe(422);
    }
    expect((await visitor.fillsIn("/login/provider/switch", {})).location).toBe("/dashboard");
    expect((await visitor.opens("/settings")).text).not.toContain("asked.visitor");
  });

  it("shared computer: whoever stays logged in ends the login that waits", async () => {
    const visitor = await leavesSwitch("stays-here");
    const kept = await visitor.fillsIn("/login/provider/switch", { stay: "1" });
    expect([kept.status, kept.location]).toEqual([303, "/dashboard"]);
    expect([await proofsOf("stays-here"), visitor.cookies.has("latchkey_proof")]).toEqual([[], false]);
    expect((await visitor.opens("/settings")).text).toContain("stays-here.visitor");
  });

  it("logout at the provider by sid: it ends a sign-in that waits for a second factor, and no other", async () => {
    const ada = await app.person({ username: "waits" }).isLoggedIn();
    await verifiesEmail(app, ada);
    as("waiting");
    await app.continuesWith(ada, "?purpose=link");
    await ada.fillsIn("/login/link", {});
    const phone = await addsPhone(app, ada);
    const [ended, stays] = [app.person(), app.person()];
    for (const [person, sid] of [
      [ended, "ends"],
      [stays, "stays"],
    ] as const) {
      app.peer.sid = sid;
      expect((await app.continuesWith(person)).location).toBe("/login/two-factor");
    }
    app.passes(60_000);
    const token = app.peer.logoutToken({ sid: "ends", sub: undefined });
    expect((await app.person().posts("/oauth/backchannel/work", { logout_token: token })).status).toBe(200);
    await ended.fillsIn("/login/two-factor", { code: phone.code() });
    expect((await ended.opens("/dashboard")).status).toBe(303);
    await stays.fillsIn("/login/two-factor", { code: phone.code() });
    expect((await stays.opens("/dashboard")).status).toBe(200);
  });
});
