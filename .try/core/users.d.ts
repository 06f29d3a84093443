import type { Selectable } from "kysely";
import type { Schema } from "../db/schema.ts";
import type { Services } from "./services.ts";
export type UserRow = Selectable<Schema["users"]>;
/** What a person, and a page of theirs, may know of an account. */
export interface User {
    readonly id: string;
    readonly username: string;
    readonly email: string;
    /** What the person wants to be called; their user name until they say otherwise. */
    readonly displayName: string;
    readonly emailConfirmedAt: number | null;
    readonly createdAt: number;
    readonly lastLoginAt: number | null;
    readonly previousLoginAt: number | null;
    /** When the account will be erased, where its owner asked for it. */
    readonly eraseAt: number | null;
}
/** The columns that a page may show. */
export declare const shownColumns: readonly ["users.id", "users.username", "users.email", "users.display_name", "users.email_confirmed_at", "users.created_at", "users.last_login_at", "users.previous_login_at", "users.erase_at"];
type ShownRow = Pick<UserRow, (typeof shownColumns)[number] extends `users.${infer Column}` ? Column & keyof UserRow : never>;
export declare function toUser(row: ShownRow): User;
export type UsernameProblem = "too-short" | "too-long" | "characters" | "mixed-scripts";
/** Why a user name is refused, or undefined: 3 to 150 letters and digits of one script, and `. _ -`. */
export declare function usernameProblem(username: string): UsernameProblem | undefined;
/** What makes two user names the same: compatibility forms and case do not count (NFKC, then folded through upper case). */
export declare function usernameKey(username: string): string;
/** Whether this is exactly one address that a letter can go to: one `@`, no comments, quotes, control or invisible characters. */
export declare function isEmail(email: string): boolean;
/**
 * What makes two addresses the same: the domain in ASCII form, and the local part with its ASCII letters in lower case.
 * Nothing else is folded: the Kelvin sign and the dotless i are other people (CVE-2019-19844).
 */
export declare function emailKey(email: string): string;
export declare function findUserByEmail(s: Services, email: string): Promise<UserRow | undefined>;
export declare function findUserByName(s: Services, username: string): Promise<UserRow | undefined>;
export declare function findUserById(s: Services, id: string): Promise<UserRow | undefined>;
/** Notes that the account's address, if it is still this one, was proved to be its owner's. */
export declare function confirmEmail(tx: Services, userId: string, email: string): Promise<boolean>;
/**
 * Counts a wrong password against an account, or against nobody's at the same cost. Gives whether this was the one too many:
 * the password is then set aside.
 */
export declare function countFailure(tx: Services, user: UserRow | undefined): Promise<{
    setAside: boolean;
}>;
/** Ends the count of wrong passwords, and keeps the better hash where there is one; nothing, where the password was changed meanwhile. */
export declare function noteRightPassword(tx: Services, user: UserRow, upgradedHash: string | undefined): Promise<void>;
export interface NewUser {
    /** Its id, where the caller has told it to somebody already. */
    readonly id?: string;
    readonly username: string;
    readonly email: string;
    readonly passwordHash: string;
}
export type UserCreated = {
    readonly ok: true;
    readonly user: UserRow;
} | {
    readonly ok: false;
    readonly taken: readonly ("username" | "email")[];
};
/** Makes an account, or says which of its keys belongs to somebody. The unique indexes decide, so two at once make one. */
export declare function createUser(s: Services, { id, username, email, passwordHash }: NewUser): Promise<UserCreated>;
export {};
