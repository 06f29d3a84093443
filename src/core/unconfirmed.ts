/** Accounts whose address was never confirmed: they hold a name and an address for a day, and for nobody but their owner. */
import type { Services } from "./services.ts";
import { emailKey, type NewUser, usernameKey } from "./users.ts";

const keptForMs = 24 * 3_600_000;

/** Makes way for somebody who signs up: for the same address at once, for the same name after a day. Only where nobody ever logged in. */
export async function freeUnconfirmed(tx: Services, { email, username }: NewUser): Promise<void> {
  await tx.db
    .deleteFrom("users")
    .where("email_confirmed_at", "is", null)
    .where("last_login_at", "is", null)
    .where((where) =>
      where.or([
        where("email_key", "=", emailKey(email)),
        where.and([where("username_key", "=", usernameKey(username)), where("created_at", "<", tx.now() - keptForMs)]),
      ]),
    )
    .execute();
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
        .limit(count),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
