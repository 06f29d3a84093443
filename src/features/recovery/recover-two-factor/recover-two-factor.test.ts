import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { requestFrom } from "../../../../test/request-info.ts";
import { addsPhone, type Phone, wrongCode } from "../../../../test/two-factor.ts";
import { resetTwoFactor } from "../../../core/account/admin-actions.ts";
import { readFactors } from "../../../core/account/factors.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { actingAs } from "../../../core/request-info.ts";
import { inTransaction } from "../../../core/services.ts";
import { signIn } from "../../../core/sign-in/sign-in.ts";
import { listUsers } from "../../../core/users/directory.ts";
import { grantRole } from "../../../core/users/roles.ts";
import { findUserByName } from "../../../core/users/users.ts";

const dayMs = 24 * 3_600_000;
const json = { accept: "application/json" };
const noLimits = {
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_LONG: "1000/1d",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_NOTICES_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
};

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ RECOVERY_BY_EMAIL: "3d", CONTACT_URL: "https://example.com/help", ...noLimits }, { verified: true });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

let counter = 0;
type Owner = Person & { phone: Phone & { recoveryCodes: readonly string[] } };

/** A user with an authenticator app. */
async function owner(on = app): Promise<Owner> {
  const person = await on.person({ username: `owner${counter++}` }).isLoggedIn();
  const phone = await addsPhone(on, person);
  // "This wasn't me" takes back what was added since the first notice of the last 72 hours: this one is long ago.
  on.passes(120_000);
  await on.s.db.deleteFrom("one_time_tokens").where("purpose", "=", "report-compromise").execute();
  return Object.assign(person, { phone });
}

/** Whoever has the password, in another browser, after the first step. */
async function withPassword({ identity }: Person, on = app): Promise<Person> {
  const person = on.person(identity);
  expect((await person.logsIn()).location).toBe("/login/two-factor");
  return person;
}

const userOf = async ({ identity }: Person, on = app) => {
  const user = await findUserByName(on.s, identity.username);
  if (!user) throw new Error("There is no account.");
  return user;
};
const kindsTo = async ({ identity }: Person) => (await app.emails(identity.email)).map(({ kind }) => kind);
const sentTo = async ({ identity }: Person, kind: string) => (await app.emails(identity.email)).find((each) => each.kind === kind);
const eventsOf = async (person: Person) => (await listEvents(app.s, (await userOf(person)).id, 50)).map(({ event }) => event);

async function runsJobs(on = app): Promise<void> {
  for (const { removeExpired } of on.s.catalog.jobs) await removeExpired(on.s, 100);
}

async function follows(person: Person, to: Person, path: string, kind: string) {
  const opened = await person.opens(linkIn(await sentTo(to, kind), path));
  const page = await person.opens(opened.location ?? path);
  // The page of a dead link has no form.
  return page.status === 200 ? person.fillsIn(path, {}) : page;
}

async function starts(ada: Owner, by?: Person): Promise<Person> {
  const person = by ?? (await withPassword(ada));
  expect((await person.fillsIn("/login/recover", {})).status).toBe(303);
  const started = await follows(person, ada, "/login/recover/start", "two-factor-recovery");
  expect([started.status, started.location]).toEqual([303, "/login"]);
  return person;
}

const latestNotice = async (ada: Person) => (await sentTo(ada, "two-factor-recovery-end")) ?? sentTo(ada, "two-factor-recovery-started");

/** Lets days pass, with the jobs of each. */
async function waits(days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    app.passes(dayMs + 1_000);
    await runsJobs();
  }
}

const recoveryOf = async (ada: Person) =>
  app.s.db
    .selectFrom("two_factor_recoveries")
    .selectAll()
    .where("user_id", "=", (await userOf(ada)).id)
    .executeTakeFirstOrThrow();

const finishes = (person: Person, ada: Person) => follows(person, ada, "/login/recover/finish", "two-factor-recovery-end");
const isProtected = async (ada: Person) => (await userOf(ada)).two_factor_since !== null;

describe("recover two factor: for administrators", () => {
  it("recovery: administrators see until when one waits, and cancel it", async () => {
    const ada = await owner();
    const lost = await starts(ada);
    const boss = await owner();
    const { id } = await userOf(ada);
    await grantRole(app.s, (await userOf(boss)).id, "admin", actingAs("test"));
    const path = `/admin/user?id=${id}`;
    const factors = async () => ((await boss.opens(path, json)).json() as { factors: { recoveryUntil: number | null } }).factors;
    const { recoveryUntil } = await factors();
    expect(Math.round(((recoveryUntil ?? 0) - app.s.now()) / dayMs)).toBe(3);
    expect((await boss.opens(path)).text).toMatch(/Recovery by email Can turn off two-factor authentication from \d+ \w+ 20\d\d at/);
    const { token } = await boss.opens(path);
    const cancel = () => boss.sendsJson("/admin/user", { id, act: "cancel-recovery" }, { "x-csrf-token": token });
    expect([(await cancel()).json(), (await cancel()).json()]).toEqual([{ changed: true }, { changed: false }]);
    expect((await factors()).recoveryUntil).toBeNull();
    expect((await boss.opens(path)).text).not.toContain("Recovery by email");
    const notice = (await sentTo(ada, "two-factor-recovery-cancelled"))?.text.replaceAll(/\s+/g, " ");
    expect(notice).toContain("An administrator cancelled the recovery of your Latchkey account.");
    expect(notice).toContain("ask the people who run Latchkey");
    await waits(3);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-end");
    expect((await kindsTo(ada)).filter((kind) => kind === "two-factor-recovery-cancelled")).toHaveLength(1);
    expect((await listEvents(app.s, id, 5)).find(({ event }) => event === "two-factor-recovery-cancelled")?.actor).toBe(
      (await userOf(boss)).id,
    );
    expect((await lost.fillsIn("/admin/user", { id, act: "cancel-recovery" })).status).not.toBe(200);
  });

  it("recovery: the list of users has a filter for those where one waits, by index", async () => {
    const [ada, back, plain, boss] = [await owner(), await owner(), await owner(), await owner()];
    await starts(ada);
    await starts(back);
    await (await withPassword(back)).fillsIn("/login/two-factor", { code: back.phone.code() });
    await grantRole(app.s, (await userOf(boss)).id, "admin", actingAs("test"));
    app.resetRecords();
    const { text, html } = await boss.opens("/admin?status=recovery");
    expect(text).toContain(ada.identity.username);
    for (const { identity } of [back, plain]) expect(text).not.toContain(identity.username);
    expect(html).toContain('<option value="recovery" selected>Recovery by email</option>');
    expect(app.queries.length).toBeLessThan(20);
    const listed = (await listUsers(app.s, { recovering: true, search: ada.identity.username })).users;
    expect(listed.map(({ username }) => username)).toEqual([ada.identity.username]);
  });

  it("recovery: one that a login has cancelled is not shown to administrators", async () => {
    const ada = await owner();
    await starts(ada);
    const back = await withPassword(ada);
    expect((await back.fillsIn("/login/two-factor", { code: ada.phone.code() })).location).toBe("/dashboard");
    expect((await readFactors(app.s, await userOf(ada))).recoveryUntil).toBeNull();
  });
});

describe("recover two factor: by email", () => {
  it("recovery: its end erases removed factors", { tags: ["asvs-6.4.4"] }, async () => {
    const ada = await owner();
    const lost = await starts(ada);
    await waits(3);
    // As if the owner's session had replaced the codes a moment before the end.
    const { id: user_id } = await userOf(ada);
    const removed = { id: "removed", user_id, kind: "recovery-codes", credential_id: null, content: "v1.", added_at: 1 } as const;
    await app.s.db
      .insertInto("removed_factors")
      .values({ ...removed, removed_at: app.s.now() })
      .execute();
    expect((await finishes(lost, ada)).status).toBe(303);
    expect(await app.s.db.selectFrom("removed_factors").select("id").execute()).toEqual([]);
  });

  it("recovery: after three days of notices, a link turns two-factor authentication off", { tags: ["asvs-6.4.4"] }, async () => {
    const ada = await owner();
    const lost = await starts(ada);
    await waits(3);
    expect((await kindsTo(ada)).filter((kind) => kind?.startsWith("two-factor-reco"))).toEqual([
      "two-factor-recovery-end",
      "two-factor-recovery-waiting",
      "two-factor-recovery-waiting",
      "two-factor-recovery-started",
      "two-factor-recovery",
    ]);
    expect(await isProtected(ada)).toBe(true);
    const done = await finishes(lost, ada);
    expect([done.status, done.location]).toEqual([303, "/login"]);
    expect((await lost.opens("/login")).text).toContain("Two-factor authentication is off.");
    expect(await isProtected(ada)).toBe(false);
    expect((await ada.opens("/dashboard")).status).toBe(303);
    expect((await lost.logsIn()).location).toBe("/dashboard");
    expect(await kindsTo(ada)).toContain("two-factor-recovered");
    expect(await eventsOf(ada)).toEqual(
      expect.arrayContaining(["two-factor-recovery-requested", "two-factor-recovery-started", "two-factor-recovered"]),
    );
    expect((await finishes(lost, ada).catch(() => undefined))?.status).toBe(410);
  });

  it("recovery: before the wait is over there is no second link, and the first one starts it once", async () => {
    const ada = await owner();
    const lost = await starts(ada);
    expect((await follows(lost, ada, "/login/recover/start", "two-factor-recovery")).status).toBe(410);
    await waits(2);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-end");
    expect(await isProtected(ada)).toBe(true);
  });

  it.each<[string, string, (ada: Owner) => Promise<unknown>]>([
    [
      "a login with the app",
      "A login with the second step, or in a trusted browser, cancelled",
      async (ada) => (await withPassword(ada)).fillsIn("/login/two-factor", { code: ada.phone.code() }),
    ],
    [
      "a login with a recovery code",
      "A login with the second step, or in a trusted browser, cancelled",
      async (ada) => (await withPassword(ada)).fillsIn("/login/two-factor", { code: ada.phone.recoveryCodes[0] ?? "" }),
    ],
    [
      "“This wasn't me”",
      "The link “This wasn't me” in an email cancelled",
      async (ada) => {
        const person = app.person();
        const opened = await person.opens(linkIn(await latestNotice(ada), "/report-compromise"));
        return person.fillsIn(opened.location ?? "", {});
      },
    ],
    [
      "a new password",
      "Your password, email or second factor was changed",
      (ada) =>
        ada.fillsIn("/settings/change-password", {
          current_password: ada.identity.password,
          password: "nine grey herons",
          confirm_password: "nine grey herons",
        }),
    ],
    ["the button in the settings", "was cancelled in its settings", (ada) => ada.fillsIn("/settings/cancel-recovery", {})],
    [
      "a login with a provider that has checked the factors",
      "A login with the second step, or in a trusted browser, cancelled",
      async (ada) => {
        const info = requestFrom("203.0.113.9", "a browser");
        const user = await userOf(ada);
        const methods = ["provider:work", "provider-mfa"] as const;
        const row = {
          user_id: user.id,
          provider: "work",
          issuer: "https://login.example.com",
          subject: user.id,
          email: null,
          tokens: null,
        };
        const identity = { id: app.s.newId() };
        await app.s.db
          .insertInto("identities")
          .values({ ...row, ...identity, created_at: 1, confirmed_at: 1, last_used_at: null })
          .execute();
        const signedIn = await inTransaction(app.s, (tx) => signIn(tx, { user, methods, identity }, { remember: false, info }));
        expect(signedIn).toMatchObject({ ok: true });
      },
    ],
    [
      "the role admin",
      "can no longer be recovered by email",
      async (ada) => grantRole(app.s, (await userOf(ada)).id, "admin", actingAs("test")),
    ],
  ])(
    "recovery: %s cancels it, before and after the second link was sent, and its owner is told",
    { tags: ["asvs-6.4.4"] },
    async (_, reason, cancels) => {
      for (const days of [0, 3]) {
        const ada = await owner();
        const lost = await starts(ada);
        await waits(days);
        // The clock of the phone is that of the app, and the session must still be there.
        await app.s.db
          .updateTable("sessions")
          .set({ expires_at: app.s.now() + dayMs, last_seen_at: app.s.now() })
          .execute();
        await cancels(ada);
        if (days === 3) expect((await finishes(lost, ada)).status).toBe(410);
        await waits(4);
        expect((await sentTo(ada, "two-factor-recovery-end")) === undefined).toBe(days === 0);
        expect(await isProtected(ada)).toBe(true);
        const left = await app.s.db
          .selectFrom("two_factor_recoveries")
          .selectAll()
          .where("user_id", "=", (await userOf(ada)).id)
          .execute();
        expect(left).toEqual([]);
        expect(await eventsOf(ada)).toContain("two-factor-recovery-cancelled");
        expect((await kindsTo(ada)).filter((kind) => kind === "two-factor-recovery-cancelled")).toHaveLength(1);
        expect((await sentTo(ada, "two-factor-recovery-cancelled"))?.text.replaceAll(/\s+/g, " ")).toContain(reason);
      }
    },
  );

  it("recovery: while one waits, the page says until when instead of beginning another", async () => {
    const ada = await owner();
    const lost = await withPassword(ada);
    await starts(ada, lost);
    const { due_at } = await recoveryOf(ada);
    app.passes(30 * 60_000);
    const again = await withPassword(ada);
    const page = await again.opens("/login/recover");
    expect(page.text).toContain("Your recovery has started. We'll email you the second link on");
    expect(page.text).not.toContain("Email me a link");
    expect((await again.opens("/login/recover", json)).json()).toMatchObject({ recoverByEmail: true, recoveryUntil: due_at });
    const refused = await again.sendsJson("/login/recover", {}, { "x-csrf-token": page.token });
    expect([refused.status, refused.json()]).toMatchObject([409, { error: { code: "recovery-started" } }]);
    expect((await kindsTo(ada)).filter((kind) => kind === "two-factor-recovery")).toHaveLength(1);
    expect((await recoveryOf(ada)).due_at).toBe(due_at);
  });

  it("recovery: once the second link was sent, the page says until when it works, and a lost one can be started again", async () => {
    const ada = await owner();
    await starts(ada);
    await waits(3);
    const lost = await withPassword(ada);
    const page = await lost.opens("/login/recover");
    expect(page.text).toContain("We've emailed you the second link. It works until");
    expect(page.text).toContain("Email me a link");
    const { due_at } = await recoveryOf(ada);
    await starts(ada, lost);
    expect((await recoveryOf(ada)).due_at).toBeGreaterThan(due_at);
  });

  it.each<[string, string, (ada: Owner) => Promise<unknown>]>([
    [
      "logs in with a factor",
      "A login with the second step, or in a trusted browser, cancelled",
      async (ada) => (await withPassword(ada)).fillsIn("/login/two-factor", { code: ada.phone.code() }),
    ],
    [
      "confirms it's them with a factor",
      "A second factor was used, which cancelled",
      (ada) => ada.fillsIn("/confirm-password", { two_factor_code: ada.phone.recoveryCodes[0] ?? "" }),
    ],
  ])("recovery: its owner is told at once that it is cancelled when the owner %s", { tags: ["asvs-6.4.4"] }, async (_, reason, cancels) => {
    const ada = await owner();
    await starts(ada);
    app.passes(60_000);
    expect((await cancels(ada)) as { status: number }).toMatchObject({ status: 303 });
    const told = async () => (await kindsTo(ada)).filter((kind) => kind === "two-factor-recovery-cancelled");
    expect(await told()).toHaveLength(1);
    const text = (await sentTo(ada, "two-factor-recovery-cancelled"))?.text.replaceAll(/\s+/g, " ");
    expect(text).toContain(reason);
    // Of the login, and not of a job.
    expect(text).toMatch(/Device: .* IP address: /);
    await waits(4);
    expect(await told()).toHaveLength(1);
    expect((await eventsOf(ada)).filter((event) => event === "two-factor-recovery-cancelled")).toHaveLength(1);
  });

  it("recovery: a login that is refused its second step neither ends it nor sends an email", async () => {
    const ada = await owner();
    await starts(ada);
    app.passes(60_000);
    expect((await (await withPassword(ada)).fillsIn("/login/two-factor", { code: wrongCode(ada.phone) })).status).toBe(401);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-cancelled");
    await waits(3);
    expect(await kindsTo(ada)).toContain("two-factor-recovery-end");
  });

  it("recovery: a login with a passkey cancels it", async () => {
    const ada = await owner();
    const device = passkeyDevice();
    await ada.fillsIn("/confirm-password", { current_password: ada.identity.password });
    expect((await addsPasskey(ada, device)).status).toBe(303);
    const lost = await starts(ada);
    expect((await logsInByPasskey(app.person(ada.identity), device)).status).toBe(303);
    await waits(3);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-end");
    expect((await lost.opens("/dashboard")).status).toBe(303);
  });

  it("recovery: a login of the owner in a trusted browser cancels it", async () => {
    const ada = await owner();
    await ada.logsIn();
    await ada.fillsIn("/login/two-factor", { code: ada.phone.code(), trust: "on" });
    app.passes(60_000);
    const thief = await starts(ada);
    await waits(1);
    expect((await ada.logsIn()).location).toBe("/dashboard");
    await waits(3);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-end");
    expect(await eventsOf(ada)).toContain("two-factor-recovery-cancelled");
    expect((await thief.logsIn()).location).toBe("/login/two-factor");
  });

  it("recovery: an unused second link expires after three days, and the recovery with it", async () => {
    const ada = await owner();
    const lost = await starts(ada);
    await waits(7);
    expect((await finishes(lost, ada)).status).toBe(410);
    expect(await isProtected(ada)).toBe(true);
    expect(await eventsOf(ada)).toContain("two-factor-recovery-cancelled");
    // The email with the link has said so.
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-cancelled");
  });

  it("recovery: the link of an earlier one neither ends nor cancels the next", async () => {
    const ada = await owner();
    const lost = await starts(ada);
    await waits(3);
    const earlier = linkIn(await sentTo(ada, "two-factor-recovery-end"), "/login/recover/finish");
    await starts(ada);
    await lost.opens((await lost.opens(earlier)).location ?? "");
    expect((await lost.fillsIn("/login/recover/finish", {})).status).toBe(410);
    expect(await isProtected(ada)).toBe(true);
    await waits(3);
    expect((await finishes(lost, ada)).location).toBe("/login");
    expect(await isProtected(ada)).toBe(false);
  });

  it("recovery: one that a reset by an administrator has ended sends no second email", async () => {
    const ada = await owner();
    await starts(ada);
    await resetTwoFactor(app.s, (await userOf(ada)).id, { reason: "Identity card shown", info: actingAs("test") });
    await waits(3);
    expect(await kindsTo(ada)).toContain("two-factor-reset");
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-cancelled");
  });

  it.each([
    ["the first", 0],
    ["a later", 1],
  ])("recovery: two days without notices from %s day on cancel it", { tags: ["asvs-6.4.4"] }, async (_, days) => {
    const ada = await owner();
    const lost = await starts(ada);
    await waits(days);
    // No jobs run, as while the server is down.
    app.passes(2 * dayMs + 2_000);
    await runsJobs();
    await waits(3);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery-end");
    expect((await lost.logsIn()).location).toBe("/login/two-factor");
    expect(await eventsOf(ada)).toContain("two-factor-recovery-cancelled");
    expect((await sentTo(ada, "two-factor-recovery-cancelled"))?.text).toContain("We couldn't email you every day");
  });

  it("recovery: a notice that is less than a day late does not cancel it", async () => {
    const ada = await owner();
    const lost = await starts(ada);
    app.passes(2 * dayMs - 60_000);
    await runsJobs();
    await waits(2);
    expect((await finishes(lost, ada)).location).toBe("/login");
    expect(await isProtected(ada)).toBe(false);
  });

  it("recovery: the dashboard warns of it and leads to the button that cancels it", async () => {
    const ada = await owner();
    expect((await ada.opens("/dashboard")).text).not.toContain("asked to turn off");
    await starts(ada);
    const { text, html } = await ada.opens("/dashboard");
    expect(text).toContain("Someone asked to turn off two-factor authentication");
    expect(html).toContain('href="/settings/cancel-recovery"');
    await ada.fillsIn("/settings/cancel-recovery", {});
    expect((await ada.opens("/dashboard")).text).not.toContain("asked to turn off");
    expect((await ada.opens("/settings/cancel-recovery")).text).toContain("There is no recovery to cancel.");
  });

  it("recovery: JSON clients go through it with tokens", async () => {
    const ada = await owner();
    const client = app.person(ada.identity);
    const { email, password } = ada.identity;
    const { pending } = (await client.sendsJson("/login", { email, password, session: "token" })).json() as { pending: string };
    expect((await client.sendsJson("/login/recover", { pending })).json()).toEqual({ status: "check-email" });
    const tokenIn = (sent: { text: string } | undefined) => /token=([\w-]+)/.exec(sent?.text ?? "")?.[1];
    const before = app.s.now();
    const started = await client.sendsJson("/login/recover/start", { token: tokenIn(await sentTo(ada, "two-factor-recovery")) });
    const { recoveryUntil } = started.json() as { recoveryUntil: number };
    expect([recoveryUntil >= before + 3 * dayMs, recoveryUntil <= app.s.now() + 3 * dayMs]).toEqual([true, true]);
    await waits(3);
    const finished = await client.sendsJson("/login/recover/finish", { token: tokenIn(await sentTo(ada, "two-factor-recovery-end")) });
    expect(finished.json()).toEqual({ recovered: true });
  });
});

describe("who may recover by email", () => {
  it("recovery: without the first factor, the page shows nothing and sends nothing", { tags: ["asvs-6.3.8"] }, async () => {
    const ada = await owner();
    const before = (await kindsTo(ada)).length;
    for (const person of [app.person(ada.identity), app.person({ username: "nobody" })]) {
      const page = await person.opens("/login/recover");
      expect([page.status, page.location]).toEqual([303, "/login"]);
      expect((await person.opens("/login/recover", json)).status).toBe(410);
      const { token } = await person.opens("/login");
      expect((await person.posts("/login/recover", { csrf_token: token })).location).toBe("/login");
      expect((await person.sendsJson("/login/recover", { pending: "x".repeat(43) })).status).toBe(410);
    }
    expect((await kindsTo(ada)).length).toBe(before);
  });

  it("recovery: administrators are sent to others, with the link to contact them", async () => {
    const ada = await owner();
    const lost = await withPassword(ada);
    expect((await lost.opens("/login/recover")).text).toContain("Recover by email");
    await grantRole(app.s, (await userOf(ada)).id, "admin", actingAs("test"));
    const page = await lost.opens("/login/recover");
    expect(page.text).not.toContain("Recover by email");
    expect(page.text).toContain("Ask the people who run Latchkey");
    expect(page.html).toContain('href="https://example.com/help"');
    expect((await lost.fillsIn("/login/recover", {})).status).toBe(403);
    expect(await kindsTo(ada)).not.toContain("two-factor-recovery");
  });

  it("recovery: an unverified email is no way back", async () => {
    const ada = await owner();
    await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", ada.identity.username).execute();
    const lost = await withPassword(ada);
    expect((await lost.fillsIn("/login/recover", {})).status).toBe(403);
  });

  it("recovery: three links a day at most go to an inbox", { tags: ["asvs-2.4.1"] }, async () => {
    const ada = await owner();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await (await withPassword(ada)).fillsIn("/login/recover", {})).status);
    expect(answers).toEqual([303, 303, 303, 429]);
    expect((await kindsTo(ada)).filter((kind) => kind === "two-factor-recovery").length).toBeLessThanOrEqual(3);
  });

  it("recovery: two processes send each notice once", async () => {
    const ada = await owner();
    await starts(ada);
    app.passes(dayMs + 1_000);
    await Promise.all([runsJobs(), runsJobs(), runsJobs()]);
    expect((await kindsTo(ada)).filter((kind) => kind === "two-factor-recovery-waiting")).toHaveLength(1);
  });
});

it("recovery: an account that TWO_FACTOR covers does not recover by email, and other accounts do", { tags: ["asvs-6.4.4"] }, async () => {
  const covering = await testApp({ RECOVERY_BY_EMAIL: "3d", TWO_FACTOR: "role:staff", ...noLimits }, { verified: true });
  try {
    const [staff, other] = [await owner(covering), await owner(covering)];
    await grantRole(covering.s, (await userOf(staff, covering)).id, "staff", actingAs("test"));
    const asks = async (person: Person) => (await (await withPassword(person, covering)).fillsIn("/login/recover", {})).status;
    expect([await asks(staff), await asks(other)]).toEqual([403, 303]);
    expect((await covering.emails(staff.identity.email)).map(({ kind }) => kind)).not.toContain("two-factor-recovery");
  } finally {
    await covering.close();
  }
});

describe("a site without recovery by email", () => {
  let closed: TestApp;
  beforeAll(async () => {
    closed = await testApp({}, { verified: true });
  });
  afterAll(() => closed.close());

  it("RECOVERY_BY_EMAIL=off: the page names recovery codes and an administrator, and the other paths do not exist", async () => {
    const ada = await owner(closed);
    const lost = await withPassword(ada, closed);
    const page = await lost.opens("/login/recover");
    expect(page.text).toContain("Use a recovery code");
    expect(page.text).not.toContain("Recover by email");
    expect((await lost.fillsIn("/login/recover", {})).status).toBe(403);
    for (const path of ["/login/recover/start", "/login/recover/finish", "/settings/cancel-recovery"])
      expect((await lost.opens(path)).status, path).toBe(404);
    closed.resetRecords();
    await runsJobs(closed);
    expect(closed.queries.filter(({ sql }) => sql.includes("two_factor_recoveries"))).toEqual([]);
    await grantRole(closed.s, (await userOf(ada, closed)).id, "admin", actingAs("test"));
    await closed.s.db.updateTable("users").set({ two_factor_since: null }).execute();
    await lost.logsIn();
    expect((await lost.opens("/admin")).html).not.toContain('value="recovery"');
    expect((await listUsers(closed.s, { recovering: true })).users).toEqual([]);
  });
});
