import type { UserRow } from "../core/users.ts";
import type { Context } from "./context.ts";
/** What this browser is called for this account, or undefined where it never logged in to it. */
export declare function knownDevice(c: Context, user: UserRow): string | undefined;
/** Notes in the browser that it has logged in to this account. Gives what it is called for it from now on. */
export declare function rememberDevice(c: Context, user: UserRow): string;
