/** Confirmed addresses, letters, one-time tokens, and what happened to an account. */
import { type Kysely } from "kysely";
export declare function up(db: Kysely<unknown>): Promise<void>;
