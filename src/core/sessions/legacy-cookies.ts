/** Exchanges cookies of the previous application for a session, once. */
import { insertIfAbsent } from "../../db/statements.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { type AccountRow, selectAccounts } from "../users/users.ts";
import type { FlaskCookie } from "./flask-cookies.ts";

export interface SpentCookie {
  readonly user: AccountRow;
  /** Whether the user had chosen "remember me" in the previous application. */
  readonly remember: boolean;
}

/**
 * Spends all cookies that a browser sent, so that none logs in after a logout. Returns the account of the first unspent one; undefined if
 * there is none, or if the account no longer accepts them.
 */
export async function spendLegacyCookies(s: Services, cookies: readonly FlaskCookie[]): Promise<SpentCookie | undefined> {
  const unspent: FlaskCookie[] = [];
  // Checked by reads first: browsers may keep sending spent cookies, and those requests must not write.
  for (const cookie of cookies) if (!(await isSpent(s, cookie))) unspent.push(cookie);
  if (unspent.length === 0) return undefined;
  return inTransaction(s, async (tx) => {
    const spent: FlaskCookie[] = [];
    for (const cookie of unspent) if (await spend(tx, cookie)) spent.push(cookie);
    const [first] = spent;
    const user = first && (await accountOf(tx, first));
    return user && { user, remember: spent.some(({ kind, userId }) => kind === "remember" && userId === first?.userId) };
  });
}

async function isSpent(s: Services, cookie: FlaskCookie): Promise<boolean> {
  const found =
    cookie.kind === "session"
      ? await s.db.selectFrom("legacy_cookies").select("expires_at").where("cookie_hash", "=", cookie.hash).executeTakeFirst()
      : // A remember token is shared by all browsers of an account, so it is spent for the account. One of an unknown account counts as spent.
        !(await s.db
          .selectFrom("imports")
          .select("id")
          .where("id", "in", importIds(s, cookie))
          .where("remember_spent_at", "is", null)
          .executeTakeFirst());
  return Boolean(found);
}

/** Race: one statement, so that of two concurrent requests one gets true. */
async function spend(tx: Transaction, cookie: FlaskCookie): Promise<boolean> {
  if (cookie.kind === "session") return insertIfAbsent(tx.db, "legacy_cookies", { cookie_hash: cookie.hash, expires_at: cookie.expiresAt });
  const { numUpdatedRows } = await tx.db
    .updateTable("imports")
    .set({ remember_spent_at: tx.now() })
    .where("id", "in", importIds(tx, cookie))
    .where("remember_spent_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Undefined if the account has since logged out everywhere or changed its password, or is scheduled for erasure. */
async function accountOf(tx: Transaction, cookie: FlaskCookie): Promise<AccountRow | undefined> {
  return selectAccounts(tx.db)
    .innerJoin("imports", "imports.user_id", "users.id")
    .where("imports.id", "in", importIds(tx, cookie))
    .where("imports.sessions_ended_at", "is", null)
    .where("users.erase_at", "is", null)
    .executeTakeFirst();
}

/** SQLAlchemy stores UUIDs in SQLite without hyphens, but cookies contain them. */
function importIds({ settings: { flaskApplication: name } }: Services, { userId }: FlaskCookie): string[] {
  return [`${name}:${userId}`, `${name}:${userId.replaceAll("-", "")}`];
}

/** Refuses all cookies of the previous application for this account from now on. */
export async function revokeLegacyCookies(s: Services, userId: string): Promise<void> {
  await s.db.updateTable("imports").set({ sessions_ended_at: s.now() }).where("user_id", "=", userId).execute();
}
