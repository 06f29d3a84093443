import type { Selectable } from "kysely";
import type { Schema } from "../db/schema.ts";
import type { Services } from "./services.ts";
export type TokenPurpose = "verify-email" | "reset-password" | "change-email" | "undo-email" | "not-me";
/** 256 random bits in base64url: what a letter's link holds. It is never stored. */
export type Token = string & {
    readonly secret: "token";
};
export type TokenRow = Selectable<Schema["tokens"]>;
interface Issue {
    readonly purpose: TokenPurpose;
    /** The account it is for; empty for nobody, which costs the same and leaves no token. */
    readonly userId: string;
    /** The exact address that it is sent to, or that it is about: the token is good for no other (CVE-2026-32700). */
    readonly email: string;
    /** The secret of the browser that asked, where digits are wanted that are good in that browser only. */
    readonly browser?: string | undefined;
}
export interface Issued {
    readonly token: Token;
    /** Six digits; undefined where no browser was given. */
    readonly code: string | undefined;
}
/** Issues a token and ends its siblings: of most purposes, an account has one at a time. */
export declare function issueToken(s: Services, { purpose, userId, email, browser }: Issue): Promise<Issued>;
/** What a token is good for, without using it up: for the page that its link opens. */
export declare function findToken(s: Services, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined>;
/** The same, held until the end of the caller's transaction: nobody else uses it up meanwhile. */
export declare function holdToken(tx: Services, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined>;
/** Uses a token up, within the transaction of its effect. Of two at once, one gets it. */
export declare function redeemToken(tx: Services, purpose: TokenPurpose, token: unknown): Promise<TokenRow | undefined>;
/** Uses up, by the digits in its letter, the token that this browser asked for. Each try counts, the right one too. */
export declare function redeemCode(tx: Services, purpose: TokenPurpose, browser: string, digits: string): Promise<TokenRow | undefined>;
/** Whether this is the browser that asked for the token. */
export declare function wasAskedBy(row: TokenRow, browser: string): boolean;
/** Ends an account's tokens: those of some purposes, or all. */
export declare function endTokens(s: Services, userId: string, purposes?: readonly TokenPurpose[]): Promise<void>;
export {};
