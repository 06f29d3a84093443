/** Attacks by claims of a provider: logins that are older than they look, and emails that it does not vouch for. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../../../test/person.ts";
import { codeTo, type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { findUserByName } from "../../../core/users/users.ts";

const callback = "https://app.example.com/in";
const verifier = "a verifier that only this app knows, long enough";
const toApp = `?callback=${callback}&challenge=${createHash("sha256").update(verifier).digest("base64url")}`;

describe("claims", () => {
  let app: ProviderApp;
  /** The provider says that the user authenticated so many seconds ago; undefined: it does not say when. */
  const authenticated = (secondsAgo: number | undefined) => {
    app.peer.lies = {
      idToken: ({ auth_time: _, ...claims }) => ({
        ...claims,
        ...(secondsAgo === undefined ? {} : { auth_time: app.s.now() / 1_000 - secondsAgo }),
      }),
    };
  };
  const as = (sub: string, claims: object = {}) => {
    app.peer.user = { sub, email: `${sub}@example.com`, email_verified: true, preferred_username: sub, ...claims };
  };
  /** Whether a page that needs recent authentication opens. */
  const isRecent = async (person: Person, headers: Record<string, string> = {}) => {
    const answer = await person.opens("/settings/delete", headers);
    if (answer.status !== 200) expect([answer.status, answer.location]).toEqual([303, "/confirm-password?next=%2Fsettings%2Fdelete"]);
    return answer.status === 200;
  };
  const rolesOf = async (name: string) => (await findUserByName(app.s, name))?.roles;
  beforeAll(async () => {
    const env = {
      SIGNUP: "open",
      LIMIT_CODES_PER_IP: "1000/10m",
      LIMIT_SIGNUP_PER_IP: "1000/1h",
      PROVIDER_CALLBACKS: callback,
      PROVIDER_WORK_DOMAINS: "example.com",
      PROVIDER_WORK_ROLES: "email:boss@example.com>admin,email:typed@example.com>admin,groups:staff>editor",
    };
    // The clock stands still: a second of the future is over after a second.
    app = await providerApp(env, { startsAt: Date.now() });
  });
  afterEach(() => {
    app.peer.lies = {};
  });
  afterAll(() => app.close());

  it("auth_time: a fresh login at the provider is recent here, and an old one asks for confirmation", {
    tags: ["asvs-7.5.1"],
  }, async () => {
    as("fresh");
    for (const [secondsAgo, recent] of [
      [0, true],
      [60.5, true],
      [3_600, false],
      [86_400 * 365, false],
    ] as const) {
      authenticated(secondsAgo);
      const person = app.person();
      expect((await app.continuesWith(person)).location).toBe("/dashboard");
      expect([secondsAgo, await isRecent(person)]).toEqual([secondsAgo, recent]);
    }
  });

  it("auth_time: an old login confirms nothing until the provider asks its user again", { tags: ["asvs-7.5.1"] }, async () => {
    as("old");
    authenticated(3_600);
    const person = app.person();
    await app.continuesWith(person);
    const again = "?purpose=reauthenticate&next=/settings/delete";
    for (const secondsAgo of [3_600, 300, undefined]) {
      authenticated(secondsAgo);
      expect((await app.continuesWith(person, again)).location).toContain("/confirm-password");
      expect(await isRecent(person)).toBe(false);
    }
    authenticated(0);
    expect((await app.continuesWith(person, again)).location).toBe("/settings/delete");
    expect(await isRecent(person)).toBe(true);
  });

  it("auth_time: one in the future logs nobody in and confirms nothing, and the page names the clocks", async () => {
    as("future");
    authenticated(-61);
    const person = app.person();
    expect((await app.continuesWith(person)).location).toBe("/login");
    expect((await person.opens("/login")).text).toContain("because the clocks of Work and this site differ");
    expect(await findUserByName(app.s, "future")).toBeUndefined();
    authenticated(3_600);
    await app.continuesWith(person);
    authenticated(-61);
    await app.continuesWith(person, "?purpose=reauthenticate&next=/settings/delete");
    expect(await isRecent(person)).toBe(false);
    // Within the tolerance, it counts as now.
    authenticated(-30);
    const other = app.person();
    await app.continuesWith(other);
    const rows = await app.s.db.selectFrom("sessions").select("authenticated_at").execute();
    expect(rows.filter(({ authenticated_at }) => authenticated_at > app.s.now())).toEqual([]);
  });

  it("auth_time: the session of an app is as old as the login at the provider", { tags: ["asvs-7.5.1"] }, async () => {
    as("spa");
    for (const secondsAgo of [0, 3_600]) {
      authenticated(secondsAgo);
      const code = new URL((await app.continuesWith(app.person(), toApp)).location ?? "").searchParams.get("code") ?? "";
      const exchanged = await app.person().sendsJson("/oauth/exchange", { code, verifier }, { origin: "https://app.example.com" });
      const { token } = exchanged.json() as { token: string };
      const answer = await app.person().opens("/settings/delete", { authorization: `Bearer ${token}`, accept: "application/json" });
      expect([secondsAgo, answer.status]).toEqual([secondsAgo, secondsAgo === 0 ? 200 : 403]);
    }
  });

  it("unvouched email: it gives no role, also after its inbox was proven, and other claims still do", async () => {
    as("boss", { email_verified: false, groups: ["staff"] });
    const person = app.person();
    expect((await app.continuesWith(person)).location).toBe("/signup/provider");
    await person.fillsIn("/signup/provider", { email: "boss@example.com" });
    expect((await person.fillsIn("/signup/provider", { code: await codeTo(app, "boss@example.com") })).location).toBe("/dashboard");
    expect(await rolesOf("boss")).toBe("editor");
    await app.continuesWith(app.person());
    expect(await rolesOf("boss")).toBe("editor");
    as("boss", { groups: ["staff"] });
    await app.continuesWith(app.person());
    expect(await rolesOf("boss")).toBe("admin,editor");
  });

  it("unvouched email: a user who types the email of a rule at the provider gains nothing", async () => {
    as("typed", { email: "own@example.com" });
    await app.continuesWith(app.person());
    for (const claims of [{ email_verified: false }, { email_verified: undefined }, { email_verified: "false" }, { email_verified: 1 }]) {
      as("typed", { email: "typed@example.com", ...claims });
      const person = app.person();
      expect((await app.continuesWith(person)).location).toBe("/dashboard");
      expect(await rolesOf("typed")).toBe("");
    }
    // In a document without a signature, `email_verified` says nothing about the email of the ID token.
    app.peer.lies = {
      idToken: (claims) => ({ ...claims, email: "typed@example.com", email_verified: false }),
      userInfo: (body) => ({ ...body, email: "typed@example.com", email_verified: true }),
    };
    await app.continuesWith(app.person());
    expect(await rolesOf("typed")).toBe("");
  });
});
