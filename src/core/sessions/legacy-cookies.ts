/** Takes a cookie of the application before: each opens one session here, and nothing after that. */
import { insertIfAbsent } from "../../db/statements.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import { type AccountRow, selectAccounts } from "../users/users.ts";
import type { FlaskCookie } from "./flask-cookies.ts";

export interface SpentCookie {
  readonly user: AccountRow;
  /** Whether there it was to outlive the browser. */
  readonly remember: boolean;
}

/**
 * Spends the cookies that one browser sent together, so that none of them opens anything after a logout. Gives the account of the
 * first that was not spent before; undefined where there is none, or where it may not be logged in to by them.
 */
export async function spendLegacyCookies(s: Services, cookies: readonly FlaskCookie[]): Promise<SpentCookie | undefined> {
  const unspent: FlaskCookie[] = [];
  // Asked first: where a browser cannot be made to forget them, no page may cost a write.
  for (const cookie of cookies) if (!(await isSpent(s, cookie))) unspent.push(cookie);
  if (unspent.length === 0) return undefined;
  return inTransaction(s, async (tx) => {
    const taken: FlaskCookie[] = [];
    for (const cookie of unspent) if (await spend(tx, cookie)) taken.push(cookie);
    const [first] = taken;
    const user = first && (await accountOf(tx, first));
    return user && { user, remember: taken.some(({ kind, userId }) => kind === "remember" && userId === first?.userId) };
  });
}

async function isSpent(s: Services, cookie: FlaskCookie): Promise<boolean> {
  const found =
    cookie.kind === "session"
      ? await s.db.selectFrom("legacy_cookies").select("expires_at").where("cookie_hash", "=", cookie.hash).executeTakeFirst()
      : // One token serves all browsers of an account, so it is spent with the account. One of nobody's opens nothing either.
        !(await s.db
          .selectFrom("imports")
          .select("id")
          .where("id", "in", importIds(s, cookie))
          .where("remember_spent_at", "is", null)
          .executeTakeFirst());
  return Boolean(found);
}

/** In one statement, so that of two requests at once one gets true. */
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

/** Undefined where the account has logged out everywhere since it came, or changed its password, or is about to be erased. */
async function accountOf(tx: Transaction, cookie: FlaskCookie): Promise<AccountRow | undefined> {
  return selectAccounts(tx.db)
    .innerJoin("imports", "imports.user_id", "users.id")
    .where("imports.id", "in", importIds(tx, cookie))
    .where("imports.sessions_ended_at", "is", null)
    .where("users.erase_at", "is", null)
    .executeTakeFirst();
}

/** SQLite keeps without hyphens the UUIDs that Python writes with them. */
function importIds({ settings: { flaskApplication: name } }: Services, { userId }: FlaskCookie): string[] {
  return [`${name}:${userId}`, `${name}:${userId.replaceAll("-", "")}`];
}

/** From here on, what opened the account at the application before opens nothing. */
export async function revokeLegacyCookies(s: Services, userId: string): Promise<void> {
  await s.db.updateTable("imports").set({ sessions_ended_at: s.now() }).where("user_id", "=", userId).execute();
}
