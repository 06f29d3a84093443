/** Reads which second factors of this feature an account can use. */
import type { Services } from "../../../core/services.ts";
import type { Method } from "../../../core/sessions/methods.ts";

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
