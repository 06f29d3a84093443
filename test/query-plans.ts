/** Finds statements of requests that read more of a table the more accounts there are. */
import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseSync } from "node:sqlite";
import { primaryKeys } from "../src/db/columns.ts";

/** Tables with few rows on every site. */
const small: ReadonlySet<string> = new Set(["signing_keys", "site_facts", "audit_head"]);

interface PlanCheck {
  /** Runs a request; the statements that it causes are checked. */
  readonly during: <T>(work: () => T) => T;
  readonly onQuery: (sql: string) => void;
  /** Throws if a statement of a request reads a whole table or an open range. */
  readonly finish: () => void;
}

/** SQLite only: plans of PostgreSQL depend on the number of rows. */
export function checkPlans(path: string): PlanCheck {
  const request = new AsyncLocalStorage<true>();
  const known = new Set<string>();
  const problems: string[] = [];
  let database: DatabaseSync | undefined;
  const planOf = (sql: string) => {
    database ??= new DatabaseSync(path, { readOnly: true });
    return database.prepare(`explain query plan ${sql}`).all() as { detail: string }[];
  };
  return {
    during: (work) => request.run(true, work),
    onQuery: (sql) => {
      if (request.getStore() === undefined || known.has(sql) || !/^(?:select|insert|update|delete|with)\b/.test(sql)) return;
      known.add(sql);
      const unbounded = planOf(sql).filter(({ detail }) => isUnbounded(detail, sql));
      if (unbounded.length > 0) problems.push(`${unbounded.map(({ detail }) => detail).join("; ")}\n  ${sql}`);
    },
    finish: () => {
      database?.close();
      if (problems.length > 0) throw new Error(`These statements read more, the more accounts there are:\n${problems.join("\n")}`);
    },
  };
}

/**
 * `SCAN users`, or `SEARCH sessions USING INDEX … (remembered=? AND last_seen_at>?)`. By an index, both end early with a limit, or in a
 * recursive query, each step of which reads the first row.
 */
function isUnbounded(detail: string, sql: string): boolean {
  const [, how, table = "", rest = ""] = /^(SCAN|SEARCH) (\w+)(.*)$/.exec(detail) ?? [];
  if (!Object.hasOwn(primaryKeys, table) || small.has(table)) return false;
  const isOpen = how === "SCAN" || /[<>]\?\)/.test(rest);
  return isOpen && !(rest.includes("INDEX") && /^with recursive| limit \?/.test(sql));
}
