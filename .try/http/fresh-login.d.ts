import type { TakenAttempt } from "../core/limits.ts";
import type { UserRow } from "../core/users.ts";
import type { Page } from "../ui/page.ts";
import type { Context } from "./context.ts";
import { type FormState, type Refusal } from "./form.ts";
export declare const confirmField = "current_password";
/** Whether the password was given recently enough in this session. */
export declare function isFresh(c: Context): boolean;
/** Checks the visitor's own password, and gives the session a new token. Undefined where all is well. */
export declare function confirmPassword(c: Context, password: unknown): Promise<Refusal | undefined>;
export type OwnPassword = {
    readonly ok: true;
    readonly user: UserRow;
    readonly attempt: TakenAttempt;
} | {
    readonly ok: false;
    readonly refusal: Refusal;
};
/** Tries what was typed as the visitor's own password, with the login's counters and limits (ASVS 6.3.1). */
export declare function tryOwnPassword(c: Context, password: unknown): Promise<OwnPassword>;
/** The page that asks. It carries what was typed into the form that it stands in front of, passwords excepted. */
export declare function confirmPage(c: Context, state: FormState, action: string): Page;
