/** Gives an account a new password. */
import type { Services } from "./services.ts";
import type { UserRow } from "./users.ts";
/**
 * Replaces the password, if it is still the one that the caller saw: of two changes at once, one wins.
 * Device cookies of the account are worth nothing from here on, for they depend on when it was changed.
 */
export declare function setPassword(tx: Services, user: Pick<UserRow, "id" | "password_changed_at">, passwordHash: string): Promise<boolean>;
