/** Tests the forms that settings turn on, submitted twice: providers, emailed codes, recovery and enrolment. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import type { TestProvider } from "../../src/testing.ts";
import { makeDatabase } from "../database.ts";
import { insertPasskeys } from "../passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { type ProviderApp, providerApp } from "../provider-app.ts";
import { addsPhone, verifiesEmail, waitsForRecovery } from "../two-factor.ts";
import { formPaths } from "./forms.ts";
import { codeTo, countSessions, type FormCase, idOf, submitsTwice } from "./submitted-twice.ts";

const json = { accept: "application/json" };
const limits = ["SIGNUP_PER_IP", "EMAILS_PER_IP", "CODES_PER_IP", "LOGIN_PER_IP"];
const env = {
  EMAIL_LOGIN: "on",
  RECOVERY_BY_EMAIL: "3d",
  TWO_FACTOR: "role:auditor",
  PROVIDER_WORK_LINK: "verified",
  PROVIDER_CALLBACKS: "https://app.example.com/in",
  ...Object.fromEntries(limits.map((name) => [`LIMIT_${name}`, "10000/1h"])),
};

let app: ProviderApp;
let otherProcess: TestApp;
let database: Awaited<ReturnType<typeof makeDatabase>>;
beforeAll(async () => {
  database = await makeDatabase();
  app = await providerApp({ DATABASE_URL: database.url, ...env });
  const { clientId, secret, issuer } = app.peer.options;
  const work = {
    PROVIDERS: "work",
    PROVIDER_WORK_CLIENT_ID: clientId,
    PROVIDER_WORK_SECRET: secret ?? "",
    PROVIDER_WORK_ISSUER: issuer ?? "",
  };
  otherProcess = await testApp({ DATABASE_URL: database.url, ...work, ...env }, { fetchProvider: app.peer.fetch });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(async () => {
  await Promise.all([app.close(), otherProcess.close()]);
  await database.remove();
});

/** Both processes have the same time. */
const passes = (ms: number) => {
  for (const each of [app, otherProcess]) each.passes(ms);
};
const as = (sub: string, claims: Partial<NonNullable<TestProvider["user"]>>) => {
  app.peer.user = { sub, ...claims };
};
const emailsOfKind = (kind: string) => async () => (await app.emails()).filter((each) => each.kind === kind).length;
const opensLink = async (person: Person, path: string) => {
  const sent = (await app.emails(person.identity.email)).find(({ text }) => text.includes(`${path}?`));
  return person.opens(linkIn(sent, path));
};

/** A browser that waits for the second step. */
const needsFactor = async (person: Person) => {
  await addsPhone(app, person);
  await person.logsOut();
  await person.logsIn();
};
const asksForRecovery = async (person: Person) => {
  await person.fillsIn("/login/recover", {});
  await opensLink(person, "/login/recover/start");
};
const startsRecovery = async (person: Person) => {
  await asksForRecovery(person);
  await person.fillsIn("/login/recover/start", {});
};

const isMember = async (person: Person) => {
  await person.signsUp();
  await verifiesEmail(app, person);
};
const requestsCode = async (person: Person) => void (await person.fillsIn("/login/code", { email: person.identity.email }));
/** The user's account at the provider has this email, which the provider vouches for. */
const isAtProvider = ({ identity }: Person, email = `${identity.username}@work.example`) =>
  as(identity.username, { email, email_verified: true });
/** On the page that asks whether to link the login. */
const asksToLink = async (person: Person) => {
  await verifiesEmail(app, person);
  isAtProvider(person);
  await app.continuesWith(person, "?purpose=link");
};

type Step = (person: Person) => unknown;
/** Takes these steps, and sends no fields. */
const after =
  (...steps: readonly Step[]): FormCase["fill"] =>
  async (person) => {
    for (const step of steps) await step(person);
    return {};
  };
const typesCode = async (person: Person) => ({ code: await codeTo(app, person.identity.email) });

const cases: readonly FormCase[] = [
  {
    name: "an email for a new user of a provider",
    path: "/signup/provider",
    event: emailsOfKind("provider-code"),
    isAnonymous: true,
    fill: async (person) => {
      as(person.identity.username, {});
      await app.continuesWith(person);
      return { email: person.identity.email };
    },
  },
  {
    name: "the code of a new user of a provider",
    path: "/signup/provider",
    event: "signed-up",
    isAnonymous: true,
    fill: async (person) => {
      as(person.identity.username, {});
      await app.continuesWith(person);
      await person.fillsIn("/signup/provider", { email: person.identity.email });
      return typesCode(person);
    },
  },
  {
    name: "the username of a new user of a provider",
    path: "/signup/provider",
    event: "signed-up",
    isAnonymous: true,
    fill: async (person) => {
      // The local part is too short for a username.
      isAtProvider(person, `a@${person.identity.username}.example`);
      await app.continuesWith(person);
      return { username: person.identity.username };
    },
  },
  {
    name: "a link",
    path: "/login/link",
    event: "provider-linked",
    fill: after(asksToLink),
  },
  {
    name: "an email that a new account takes",
    path: "/login/provider/claim",
    event: "email-lost",
    isAnonymous: true,
    fill: async (person) => {
      await app.person(person.identity).signsUp();
      as(person.identity.username, {
        email: person.identity.email,
        email_verified: true,
        preferred_username: `${person.identity.username}.own`,
      });
      await app.continuesWith(person);
      return {};
    },
  },
  {
    name: "a switch to another account",
    path: "/login/provider/switch",
    event: "logged-in",
    fill: after(
      (person) => isAtProvider(person, `new-${person.identity.email}`),
      (person) => app.continuesWith(person),
    ),
  },
  {
    name: "a confirmed login",
    path: "/settings/logins/confirm",
    event: "provider-confirmed",
    page: async (person) => {
      await verifiesEmail(app, person);
      as(`self-linked ${person.identity.username}`, { email: person.identity.email, email_verified: true });
      await app.continuesWith(app.person());
      await addsPhone(app, person);
      return `/settings/logins/confirm?id=${await linkedId(person)}`;
    },
    fill: async (person) => ({ id: await linkedId(person) }),
  },
  {
    name: "an unlinked login",
    path: "/settings/logins/unlink",
    event: "provider-unlinked",
    page: async (person) => {
      await asksToLink(person);
      await person.fillsIn("/login/link", {});
      return `/settings/logins/unlink?id=${await linkedId(person)}`;
    },
    fill: async (person) => ({ id: await linkedId(person) }),
  },
  {
    name: "a request for a login code",
    path: "/login/code",
    event: emailsOfKind("login-code"),
    isAnonymous: true,
    fill: async (person) => {
      await isMember(person);
      return { email: person.identity.email };
    },
  },
  {
    name: "a login code",
    path: "/login/code",
    event: "logged-in",
    isAnonymous: true,
    fill: async (person) => {
      await isMember(person);
      await requestsCode(person);
      return typesCode(person);
    },
  },
  {
    name: "a login link",
    path: "/login/code/link",
    event: "logged-in",
    isAnonymous: true,
    fill: after(isMember, requestsCode, (person) => opensLink(person, "/login/code/link")),
  },
  {
    name: "the username of a new user by email",
    path: "/login/code/new",
    event: "signed-up",
    isAnonymous: true,
    fill: async (person) => {
      await requestsCode(person);
      await person.fillsIn("/login/code", await typesCode(person));
      return { username: person.identity.username };
    },
  },
  {
    name: "the end of login by email",
    path: "/settings/email-login",
    event: "email-login-off",
    fill: async (person) => {
      await verifiesEmail(app, person);
      await insertPasskeys(app, person);
      return { login: "off" };
    },
  },
  {
    name: "a request for recovery",
    path: "/login/recover",
    event: "two-factor-recovery-requested",
    fill: after(needsFactor),
  },
  {
    name: "the start of recovery",
    path: "/login/recover/start",
    event: "two-factor-recovery-started",
    fill: after(needsFactor, asksForRecovery),
  },
  {
    name: "the end of recovery",
    path: "/login/recover/finish",
    event: "two-factor-recovered",
    fill: after(
      needsFactor,
      startsRecovery,
      () => waitsForRecovery({ s: app.s, passes }),
      (person) => opensLink(person, "/login/recover/finish"),
    ),
  },
  {
    name: "a cancelled recovery",
    path: "/settings/cancel-recovery",
    event: "two-factor-recovery-cancelled",
    fill: async (person) => {
      await addsPhone(app, person);
      const other = app.person(person.identity);
      await other.logsIn();
      await startsRecovery(other);
      return {};
    },
  },
  {
    name: "a request for the code of enrolment",
    path: "/settings/two-factor/verify",
    event: emailsOfKind("enrolment-code"),
    fill: async (person) => {
      await isHeld(person);
      return { again: "1" };
    },
  },
  {
    name: "the code of enrolment",
    path: "/settings/two-factor/verify",
    event: async () => (await app.s.db.selectFrom("sessions").select("methods").where("methods", "like", "%email-code%").execute()).length,
    fill: async (person) => {
      await isHeld(person);
      await person.fillsIn("/settings/two-factor/verify", { again: "1" });
      return typesCode(person);
    },
  },
];

async function linkedId(person: Person): Promise<string> {
  return ((await person.opens("/settings/logins", json)).json() as { linked: { id: string }[] }).linked[0]?.id ?? "";
}

/** Of a role that must have a second factor. */
async function isHeld(person: Person): Promise<void> {
  await verifiesEmail(app, person);
  await grantRole(app.s, await idOf(app, person), "auditor", actingAs("command line"));
}

/** No forms of pages, or without a token: each takes what it is sent once. The tests of providers send it again. */
const withoutToken = ["/oauth/callback/work", "/oauth/callback/work/continue", "/oauth/backchannel/work", "/oauth/exchange"];

describe("double submit of forms that settings turn on", () => {
  it("double submit: every form that settings turn on is in this list", async () => {
    const plain = await testApp();
    const known = new Set([...cases.map(({ path }) => path), ...withoutToken, ...formPaths(plain)]);
    await plain.close();
    expect(formPaths(app).filter((path) => !known.has(path))).toEqual([]);
  });

  submitsTwice(cases, () => ({ app, otherProcess }));

  it("double submit: the form with Apple's response, twice at once, logs in once", async () => {
    as("posts-twice", { email: "posts-twice@example.com", email_verified: true });
    const person = app.person();
    const back = new URL(await app.goesThere(person), app.url);
    const open = await countSessions(app);
    const cookie = person.cookieHeader();
    const fields = Object.fromEntries(back.searchParams);
    const answers = await Promise.all(
      [app, otherProcess].map((at) =>
        at.person().posts("/oauth/callback/work/continue", fields, { cookie, "sec-fetch-site": "same-origin" }),
      ),
    );
    expect(answers.map(({ location }) => location).sort()).toEqual(["/dashboard", "/login"]);
    expect([await countSessions(app), (await findUserByName(app.s, "posts-twice"))?.email]).toEqual([open + 1, "posts-twice@example.com"]);
  });
});
