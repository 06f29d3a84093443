import { type Dialect } from "kysely";
export declare function sqliteDialect(path: string): Dialect;
