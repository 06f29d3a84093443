/** Accounts whose address was never confirmed: they hold a name and an address for a day, and from nobody who signs up in earnest. */
import type { Services } from "./services.ts";
import { emailKey, type NewUser, usernameKey } from "./users.ts";

const keptForMs = 24 * 3_600_000;

/**
 * Makes way for somebody who signs up: whoever only typed the same address or name before was not the one to prove it. A name that
 * was held would also tell, by being taken, that the address typed with it had no account yet (ASVS 6.3.8).
 */
export async function freeUnconfirmed(tx: Services, { email, username }: NewUser): Promise<void> {
  await tx.db
    .deleteFrom("users")
    .where("email_confirmed_at", "is", null)
    .where("last_login_at", "is", null)
    .where((where) => where.or([where("email_key", "=", emailKey(email)), where("username_key", "=", usernameKey(username))]))
    .execute();
}

/** The same for a name alone, which somebody who has an account wants. Nothing is held up where signing up needs no letter. */
export async function freeUnconfirmedName(tx: Services, username: string): Promise<void> {
  if (tx.settings.signup !== "confirm") return;
  await tx.db
    .deleteFrom("users")
    .where("email_confirmed_at", "is", null)
    .where("last_login_at", "is", null)
    .where("username_key", "=", usernameKey(username))
    .execute();
}

/** Whether an account has the name that was confirmed, or was in use before addresses had to be. */
export async function isNameTaken(s: Services, username: string): Promise<boolean> {
  const holder = await s.db
    .selectFrom("users")
    .select("id")
    .where("username_key", "=", usernameKey(username))
    .where((where) => where.or([where("email_confirmed_at", "is not", null), where("last_login_at", "is not", null)]))
    .executeTakeFirst();
  return holder !== undefined;
}

/** Removes, at most `count` at a time, accounts that were to be confirmed and never were. Gives how many. */
export async function removeUnconfirmed(s: Services, count: number): Promise<number> {
  if (s.settings.signup !== "confirm") return 0;
  const { numDeletedRows } = await s.db
    .deleteFrom("users")
    .where("id", "in", (query) =>
      query
        .selectFrom("users")
        .select("id")
        .where("email_confirmed_at", "is", null)
        .where("last_login_at", "is", null)
        .where("created_at", "<", s.now() - keptForMs)
        .orderBy("created_at")
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    // Confirmed in the meantime: then it stays.
    .where("email_confirmed_at", "is", null)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
