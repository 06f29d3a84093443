import type { Context } from "./context.ts";
export type CsrfProblem = "foreign-origin" | "bad-token";
/**
 * The token for a form on this page, bound to the session, or before login to a nonce in a signed cookie (set here where
 * there is none). It differs in each answer, so that compression cannot give it away (BREACH).
 */
export declare function csrfToken(c: Context): string;
/** Why a request that changes something is refused, or undefined: first where it comes from, then its token (ASVS 3.5.1). */
export declare function csrfProblem(c: Context): CsrfProblem | undefined;
