/** Attack: a change of a credential that races a login, a reset or another change (ASVS 15.4.2). */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eraseByAdmin, replacePassword } from "../../src/core/account/admin-actions.ts";
import { credentialColumns, guardCredentialChange, lockAccount } from "../../src/core/credentials/guard-change.ts";
import { hashPassword } from "../../src/core/credentials/password/passwords.ts";
import { removePassword } from "../../src/core/credentials/password/set.ts";
import { actingAs } from "../../src/core/request-info.ts";
import { inTransaction } from "../../src/core/services.ts";
import { findVisitor, readSessionToken } from "../../src/core/sessions/session.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { importUsers } from "../../src/migration/import-users.ts";
import { findShape, usualFormat } from "../../src/migration/shapes.ts";
import { openSource } from "../../src/migration/source.ts";
import { makeDatabase, type TestDatabase } from "../database.ts";
import { linkIn, type Person, type TestApp, testApp } from "../person.ts";
import { type ProviderApp, providerApp } from "../provider-app.ts";
import { addsPhone, phoneWith } from "../two-factor.ts";

const by = actingAs("command line");
let database: TestDatabase;
let app: TestApp;
let atProvider: ProviderApp;
/** One list of statements for each transaction since the last `resetRecords()`, and the statements outside of them. */
let transactions: string[][] = [];
let outside: string[] = [];

beforeAll(async () => {
  database = await makeDatabase();
  atProvider = await providerApp({ LIMIT_LOGIN_PER_IP: "1000/1m", LIMIT_SIGNUP_PER_IP: "1000/1h", SIGNUP: "open" }, { verified: true });
  app = atProvider;
  watchTransactions();
});
afterAll(async () => {
  await app.close();
  await database.remove();
});

/** Splits statements by transaction, since engines log begin and commit differently. */
function watchTransactions(): void {
  const { db } = app.s;
  const begin = db.transaction.bind(db);
  db.transaction = () => {
    const builder = begin();
    const execute = builder.execute.bind(builder);
    builder.execute = (work) =>
      execute(async (tx) => {
        outside.push(...app.queries.splice(0).map(({ sql }) => sql));
        try {
          return await work(tx);
        } finally {
          transactions.push(app.queries.splice(0).map(({ sql }) => sql));
        }
      });
    return builder;
  };
}

/** Whether a statement writes a credential column. */
function writesCredential(sql: string): boolean {
  return Object.entries(credentialColumns).some(([table, columns]) => {
    if (new RegExp(`^(?:insert into|delete from) "${table}"`).test(sql)) return true;
    const [, set = ""] = new RegExp(`^update "${table}" set (.*?)(?: where |$)`).exec(sql) ?? [];
    return columns.some((column) => set.includes(`"${column}" = `));
  });
}

const isLock = (sql: string) => /^select "id" from "users" where "id" = \? ?(?:for update)?$/.test(sql);
const readsSession = (sql: string) => /^select "user_id" from "sessions" where "token_hash" = \? and "user_id" = \?$/.test(sql);
const isBump = (sql: string) => /^update "users" set .*"security_version" = "security_version" \+ \?/.test(sql);

/** Why a transaction may write credentials; `unguarded` must never happen. */
type Kind =
  /** A logged-in user: row lock and session check before, a higher `security_version` after. */
  | "guarded"
  /** A redeemed link, an administrator or an import: row lock before, a higher `security_version` after. */
  | "without session"
  /** Nothing can race an account that does not exist yet. */
  | "account created"
  /** The row is deleted, and every login needs it. */
  | "account erased"
  /** The account had a placeholder, and no login by name exists. */
  | "username of a verified signup"
  /** The same password: only as long as `changed_at` is as it was read. */
  | "hash upgraded"
  /** An authenticator app that logs nobody in until its first code is typed. */
  | "not in use yet"
  | "unguarded";

function kindOf(statements: readonly string[]): Kind | undefined {
  const isRemoval = (sql: string) => sql.startsWith('delete from "users"');
  const writes = statements.flatMap((sql, i) => (writesCredential(sql) && !isRemoval(sql) ? [i] : []));
  const [first, last] = [writes[0], writes.at(-1)];
  if (first === undefined || last === undefined) return statements.some(isRemoval) ? "account erased" : undefined;
  const texts = writes.map((i) => statements[i] ?? "");
  const isGuarded = statements.slice(0, first).some(isLock) && statements.slice(last).some(isBump);
  if (isGuarded) return statements.slice(0, first).some(readsSession) ? "guarded" : "without session";
  if (
    texts.some((sql) => sql.startsWith('insert into "users"')) &&
    texts.every((sql) => /^insert into "(?:users|passwords|identities)"/.test(sql))
  )
    return "account created";
  if (texts.every((sql) => /^update "passwords" set "failures" = \?, "hash" = \?, "scheme" = \? where .*"changed_at" = \?$/.test(sql)))
    return "hash upgraded";
  const isPending = (sql: string) =>
    sql.startsWith('delete from "authenticators" where "confirmed_at" is null') ||
    sql.startsWith('insert into "authenticators" ("id", "user_id", "name", "secret", "session_hash", "created_at") ');
  if (texts.every(isPending) && statements.slice(0, first).some(isLock)) return "not in use yet";
  const isNaming = (sql: string) => sql.startsWith('update "users" set "username" = ?, "username_key" = ? where "id" = ?');
  const isVerified = statements
    .slice(0, first)
    .some((sql) => sql.startsWith('update "users" set "email_verified_at" = ?, "must_verify_since"'));
  return texts.every(isNaming) && isVerified ? "username of a verified signup" : "unguarded";
}

async function kindsOf(flow: () => Promise<unknown>): Promise<Kind[]> {
  app.resetRecords();
  [transactions, outside] = [[], []];
  await flow();
  outside.push(...app.queries.map(({ sql }) => sql));
  return [...new Set([...transactions.flatMap((statements) => kindOf(statements) ?? []), ...unguardedOutside()])];
}

function unguardedOutside(): Kind[] {
  const inTransactions = new Set(transactions.flat());
  return outside.some((sql) => writesCredential(sql) && !inTransactions.has(sql)) ? ["unguarded"] : [];
}

let count = 0;
/** A new user, logged in, with a verified email. */
const member = () => app.person({ username: `member${count++}` }).isLoggedIn();
const idOf = async ({ identity }: Person) => (await findUserByName(app.s, identity.username))?.id ?? "";
const linkSentTo = async (email: string, path: string) =>
  linkIn(
    (await app.emails(email)).find(({ text }) => text.includes(`${path}?`)),
    path,
  );
/** Opens the link of an email in a new browser, and submits its form. */
async function follows(link: string, fields: Record<string, string> = {}): Promise<void> {
  const person = app.person();
  const opened = await person.opens(link);
  const answer = await person.fillsIn(opened.location ?? link.split("?")[0] ?? "", fields);
  expect(answer.status).toBe(303);
}
const newPassword = { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" };

async function changesEmail(person: Person, email: string): Promise<void> {
  expect((await person.fillsIn("/settings/change-email", { email })).status).toBe(303);
  const code = /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
  expect((await person.fillsIn("/settings/change-email/confirm", { code })).status).toBe(303);
}

async function imports(users: readonly { id: number; username: string; email: string; password: string }[]): Promise<void> {
  const path = join(database.folder, "source.sqlite");
  rmSync(path, { force: true });
  const file = new DatabaseSync(path);
  file.exec("create table users (id, username, email, password)");
  for (const { id, username, email, password } of users)
    file.prepare("insert into users values (?, ?, ?, ?)").run(id, username, email, password);
  file.close();
  const source = await openSource(`sqlite:${path}`);
  const plan = { verified: "all", closed: undefined, keepsIds: false, isDry: false, format: usualFormat.flask, name: "old" } as const;
  await importUsers(app.s, source, { ...plan, shape: await findShape(source, "flask", {}) }, by, () => {});
  await source.close();
}
const importedUser = (i: number, more: object = {}) => ({
  id: i,
  username: `moved${i}`,
  email: `moved${i}@example.com`,
  password: `sha256$salt$${"ab".repeat(32)}`,
  ...more,
});

const apps = "/settings/two-factor/authenticator";
const json = { accept: "application/json" };

const flows: [string, Kind[], () => Promise<() => Promise<unknown>>][] = [
  [
    "change of the password",
    ["guarded"],
    async () => {
      const ada = await member();
      return async () =>
        expect((await ada.fillsIn("/settings/change-password", { current_password: ada.identity.password, ...newPassword })).status).toBe(
          303,
        );
    },
  ],
  [
    "change of the username",
    ["guarded"],
    async () => {
      const ada = await member();
      return async () => expect((await ada.fillsIn("/settings/change-username", { username: `another${count++}` })).status).toBe(303);
    },
  ],
  [
    "change of the email",
    ["guarded"],
    async () => {
      const ada = await member();
      return () => changesEmail(ada, `new${count++}@example.org`);
    },
  ],
  [
    "removal of the password",
    ["guarded"],
    async () => {
      const ada = await member();
      const was = await findUserByName(app.s, ada.identity.username);
      const visitor = await findVisitor(app.s, readSessionToken(ada.cookies.get("latchkey_session")) as never);
      if (!was || !visitor) throw new Error("The user is not logged in.");
      const catalog = { ...app.s.catalog, waysIn: [...app.s.catalog.waysIn, { name: "passkey", count: async () => 1 }] };
      return () =>
        inTransaction({ ...app.s, catalog }, async (tx) => {
          const allowed = await guardCredentialChange(tx, { was, session: visitor.session });
          if (!allowed.ok) throw new Error(allowed.reason);
          expect(await removePassword(tx, allowed.account)).toEqual({ ok: true });
        });
    },
  ],
  [
    "reset of the password by email",
    ["without session"],
    async () => {
      const ada = await member();
      await app.person().fillsIn("/reset-password", { email: ada.identity.email });
      const link = await linkSentTo(ada.identity.email, "/reset-password/choose");
      return () => follows(link, newPassword);
    },
  ],
  [
    "reverted email",
    ["without session"],
    async () => {
      const ada = await member();
      await changesEmail(ada, `left${count++}@example.org`);
      const link = await linkSentTo(ada.identity.email, "/revert-email");
      return () => follows(link);
    },
  ],
  [
    "reported compromise that reverts an email",
    ["without session"],
    async () => {
      const ada = await member();
      await ada.fillsIn("/settings/change-password", { current_password: ada.identity.password, ...newPassword });
      const link = await linkSentTo(ada.identity.email, "/report-compromise");
      await changesEmail(ada, `taken${count++}@example.org`);
      return () => follows(link);
    },
  ],
  [
    "secret of a new authenticator app",
    ["not in use yet"],
    async () => {
      const ada = await member();
      return async () => expect((await ada.fillsIn(apps, {})).location).toBe(apps);
    },
  ],
  [
    "first code of an authenticator app",
    ["guarded"],
    async () => {
      const ada = await member();
      await ada.fillsIn(apps, {});
      const { authenticator } = (await ada.opens(apps, json)).json() as { authenticator: { secret: string } };
      const code = phoneWith(app, authenticator.secret).code();
      return async () => expect((await ada.fillsIn(apps, { code })).status).toBe(303);
    },
  ],
  [
    "removal of an authenticator app",
    ["guarded"],
    async () => {
      const ada = await member();
      await addsPhone(app, ada);
      const { authenticators } = (await ada.opens("/settings/two-factor", json)).json() as { authenticators: { id: string }[] };
      const id = authenticators[0]?.id ?? "";
      return async () => expect((await ada.fillsIn(`${apps}/remove?id=${id}`, { id })).status).toBe(303);
    },
  ],
  [
    "set of new recovery codes",
    ["guarded"],
    async () => {
      const ada = await member();
      await addsPhone(app, ada);
      return async () => expect((await ada.fillsIn("/settings/two-factor/recovery", {})).status).toBe(303);
    },
  ],
  [
    "end of two-factor authentication",
    ["guarded"],
    async () => {
      const ada = await member();
      await addsPhone(app, ada);
      return async () => expect((await ada.fillsIn("/settings/two-factor/off", {})).status).toBe(303);
    },
  ],
  [
    "login with a code of an authenticator app",
    [],
    async () => {
      const ada = await member();
      const phone = await addsPhone(app, ada);
      await ada.logsOut();
      await ada.logsIn();
      return async () => expect((await ada.fillsIn("/login/two-factor", { code: phone.code() })).status).toBe(303);
    },
  ],
  [
    "reported compromise that takes back an authenticator app",
    ["without session"],
    async () => {
      const ada = await member();
      await addsPhone(app, ada);
      const link = await linkSentTo(ada.identity.email, "/report-compromise");
      return () => follows(link);
    },
  ],
  [
    "link of a login at a provider",
    ["guarded"],
    async () => {
      const ada = await member();
      atProvider.peer.user = { sub: `linked ${count++}` };
      await atProvider.continuesWith(ada, "?purpose=link");
      return async () => expect((await ada.fillsIn("/login/link", {})).status).toBe(303);
    },
  ],
  [
    "confirmed login",
    ["guarded"],
    async () => {
      const ada = await member();
      atProvider.peer.user = { sub: `confirmed ${count++}` };
      await atProvider.continuesWith(ada, "?purpose=link");
      await ada.fillsIn("/login/link", {});
      const { linked } = (await ada.opens("/settings/logins", json)).json() as { linked: { id: string }[] };
      const id = linked[0]?.id ?? "";
      await app.s.db.updateTable("identities").set({ confirmed_at: null }).where("id", "=", id).execute();
      await app.s.db.updateTable("sessions").set({ methods: "password totp" }).execute();
      return async () => expect((await ada.fillsIn(`/settings/logins/confirm?id=${id}`, { id })).status).toBe(303);
    },
  ],
  [
    "unlinked login",
    ["guarded"],
    async () => {
      const ada = await member();
      atProvider.peer.user = { sub: `unlinked ${count++}` };
      await atProvider.continuesWith(ada, "?purpose=link");
      await ada.fillsIn("/login/link", {});
      const { linked } = (await ada.opens("/settings/logins", json)).json() as { linked: { id: string }[] };
      const id = linked[0]?.id ?? "";
      return async () => expect((await ada.fillsIn(`/settings/logins/unlink?id=${id}`, { id })).status).toBe(303);
    },
  ],
  [
    "first login with a provider",
    ["account created"],
    async () => {
      atProvider.peer.user = {
        sub: `new ${count++}`,
        email: `new${count}@example.net`,
        email_verified: true,
        preferred_username: `new${count}`,
      };
      return async () => expect((await atProvider.continuesWith(app.person())).status).toBe(303);
    },
  ],
  [
    "login with a provider that links by a verified email",
    ["without session"],
    async () => {
      const ada = await member();
      atProvider.peer.user = { sub: `links ${count++}`, email: ada.identity.email, email_verified: true };
      return async () => expect((await atProvider.continuesWith(app.person())).status).toBe(303);
    },
  ],
  [
    "email that its owner takes for a new account",
    ["without session"],
    async () => {
      const stranger = await member();
      await app.s.db.updateTable("users").set({ email_verified_at: null }).where("username", "=", stranger.identity.username).execute();
      atProvider.peer.user = {
        sub: `takes ${count++}`,
        email: stranger.identity.email,
        email_verified: true,
        preferred_username: `takes${count}`,
      };
      const owner = app.person();
      await atProvider.continuesWith(owner);
      return async () => expect((await owner.fillsIn("/login/provider/claim", {})).status).toBe(303);
    },
  ],
  [
    "password set by an administrator",
    ["without session"],
    async () => {
      const [id, hash] = [await idOf(await member()), await hashPassword(app.s, newPassword.password, {})];
      return () => replacePassword(app.s, id, hash, by);
    },
  ],
  ["import of new accounts", ["account created"], async () => () => imports([importedUser(1), importedUser(2), importedUser(3)])],
  [
    "import of changed emails and passwords",
    ["without session"],
    async () => {
      const changed = [
        importedUser(1, { email: "moved1@example.org" }),
        importedUser(2, { password: `sha256$salt$${"cd".repeat(32)}` }),
        importedUser(3, { password: "" }),
      ];
      return () => imports(changed);
    },
  ],
  [
    "signup",
    ["account created"],
    async () => async () => expect((await app.person({ username: `signs${count++}` }).signsUp()).status).toBe(303),
  ],
  [
    "login with a password of another scheme",
    ["hash upgraded"],
    async () => {
      const ada = app.person({ username: `upgraded${count++}` });
      await ada.signsUp();
      const weaker = { ...app.s, hashCost: { memoryCost: 72, timeCost: 1, parallelism: 1 } };
      const row = { hash: await hashPassword(weaker, ada.identity.password, {}), scheme: "argon2id:72:1:1" };
      await app.s.db
        .updateTable("passwords")
        .set(row)
        .where("user_id", "=", await idOf(ada))
        .execute();
      return async () => expect((await ada.logsIn()).status).toBe(303);
    },
  ],
  [
    "login after a wrong password",
    [],
    async () => {
      const ada = await member();
      await ada.logsIn({ password: "not this one" });
      return () => ada.logsIn();
    },
  ],
  [
    "erasure by an administrator",
    ["account erased"],
    async () => {
      const id = await idOf(await member());
      return () => eraseByAdmin(app.s, id, by);
    },
  ],
];

describe("writes of credentials", () => {
  it.each(flows)("credentials: a %s is %j", { tags: ["asvs-15.4.2"] }, async (_name, kinds, prepare) => {
    const flow = await prepare();
    expect(await kindsOf(flow)).toEqual(kinds);
  });

  it("credentials: a verified signup gets its username, and a new signup replaces an unverified one", {
    tags: ["asvs-15.4.2"],
  }, async () => {
    const own = app;
    app = await testApp({ SIGNUP: "confirm" });
    watchTransactions();
    try {
      const ada = app.person({ username: "ada" });
      expect(await kindsOf(() => ada.signsUp())).toEqual(["account created"]);
      expect(await kindsOf(() => ada.signsUp())).toEqual(["account created"]);
      const code = /^ {4}(\d{6})$/m.exec((await app.emails())[0]?.text ?? "")?.[1] ?? "";
      expect(await kindsOf(() => ada.fillsIn("/verify-email", { code }))).toEqual(["username of a verified signup"]);
    } finally {
      await app.close();
      app = own;
    }
  });

  it("credentials: a write without row lock or `security_version` is detected", async () => {
    const id = await idOf(await member());
    const { db } = app.s;
    const email = `unguarded${count++}@example.com`;
    expect(await kindsOf(() => db.updateTable("users").set({ email }).where("id", "=", id).execute())).toEqual(["unguarded"]);
    const withoutGuard = () => inTransaction(app.s, (tx) => tx.db.deleteFrom("passwords").where("user_id", "=", id).execute());
    expect(await kindsOf(withoutGuard)).toEqual(["unguarded"]);
    const withoutBump = () =>
      inTransaction(app.s, async (tx) => {
        await lockAccount(tx, id);
        await tx.db.updateTable("users").set({ email }).where("id", "=", id).execute();
      });
    expect(await kindsOf(withoutBump)).toEqual(["unguarded"]);
  });
});
