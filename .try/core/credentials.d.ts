/** The one way to change what opens an account: its password, its address, its user name. */
import type { Updateable } from "kysely";
import type { Schema } from "../db/schema.ts";
import type { Services } from "./services.ts";
import type { Visitor } from "./sessions.ts";
import { type UserRow } from "./users.ts";
/** `reported`: the owner says that somebody else is in. `changed`: the account or the session is no longer what it was. */
export type CredentialRefusal = "reported" | "changed";
export type CredentialChange = {
    readonly ok: true;
    readonly user: UserRow;
} | {
    readonly ok: false;
    readonly reason: CredentialRefusal;
};
/** Whose credentials change: the account as it was read, and the session that asks. */
export interface Asker {
    readonly was: UserRow;
    readonly session: Visitor["session"];
}
/**
 * Changes an account's credentials, if it is still as it was read and the session that asks is still alive: of a change and a
 * reset at once, one wins (ASVS 15.4.2). Nothing changes while the account is reported. Throws where a unique key is taken.
 */
export declare function changeCredentials(tx: Services, { was, session }: Asker, set: Updateable<Schema["users"]>): Promise<CredentialChange>;
/** What a change gives, or "taken" where a unique index says that the name or the address is somebody else's. */
export declare function orTaken<T>(change: Promise<T>): Promise<T | {
    readonly ok: false;
    readonly reason: "taken";
}>;
