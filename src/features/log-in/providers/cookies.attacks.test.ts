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
