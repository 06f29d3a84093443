import { PostgresDialect } from "kysely";
export interface DatabaseOptions {
    /** `sqlite:PATH` or `postgres://…`. */
    readonly url: string;
    /** What follows is for PostgreSQL only: the most connections that one process holds. */
    readonly connections?: number;
    /** How long one statement may take, and how long a query waits for a connection. 0: for ever. */
    readonly timeoutMs?: number;
    /** Whether a pooler stands before the server that gives each transaction another connection: nothing may stay on one then. */
    readonly isPooled?: boolean;
}
/** Connections are made as they are needed, so this never fails; the first query may. */
export declare function postgresDialect(options: Required<DatabaseOptions>): PostgresDialect;
