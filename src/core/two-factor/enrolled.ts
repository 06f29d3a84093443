/** Reads which of these factors an account has; loaded on every site, unlike the rest. */
import { deleteBatch } from "../../db/statements.ts";
import type { Services } from "../services.ts";
import type { Method } from "../sessions/methods.ts";

/** An authenticator whose first code is not typed within this time is removed. */
export const pendingAuthenticatorMs = 10 * 60_000;

/** Authenticator apps and recovery codes that an account can use now. One statement, since it runs at each of its logins. */
export async function enrolledMethods(s: Services, userId: string): Promise<Method[]> {
  const { apps, codes } = await s.db
    .selectNoFrom((select) => [
      select
        .selectFrom("authenticators")
        .select((column) => column.fn.countAll<number>().as("count"))
        .where("user_id", "=", userId)
        .where("confirmed_at", "is not", null)
        .as("apps"),
      select
        .selectFrom("recovery_codes")
        .select((column) => column.fn.countAll<number>().as("count"))
        .where("user_id", "=", userId)
        .where("used_at", "is", null)
        .as("codes"),
    ])
    .executeTakeFirstOrThrow();
  return [...(Number(apps) > 0 ? ["totp" as const] : []), ...(Number(codes) > 0 ? ["recovery-code" as const] : [])];
}

/** Removes authenticators whose first code was not typed in time. */
export function removePendingAuthenticators(s: Services, count: number): Promise<number> {
  return deleteBatch(s.db, "authenticators", {
    where: ({ and, eb }) => and([eb("confirmed_at", "is", null), eb("created_at", "<=", s.now() - pendingAuthenticatorMs)]),
    orderBy: "created_at",
    limit: count,
  });
}
