import type { Services } from "../core/services.ts";
import type { Html } from "../ui/page.ts";
import type { Context } from "./context.ts";
export interface NewPassword {
    readonly password: string;
    readonly confirm_password: string;
}
/** What is wrong with a new password, in sentences for its fields; empty where nothing is. */
export declare function newPasswordProblems(s: Services, typed: NewPassword, ownWords: readonly string[]): Promise<Record<string, string>>;
/** The two fields, with a hint on the rules and how strong it is while it is typed. */
export declare function newPasswordFields(c: Context, problems: Readonly<Record<string, string>>, label?: string): Html;
