/** Maps PostgreSQL errors (SQLSTATE) to database errors. */
import pg from "pg";
import { DatabaseUnavailableError } from "../errors.ts";

/**
 * Errors of the server, not of the query. Classes: 08 connection, 28 authorization, 3D and 3F database and schema, 40 rollback, 53
 * resources, 55 state, 57 operator, 58 system, F0 configuration, XX internal; codes: read-only, transaction limits, missing privilege,
 * prepared statements that a pooler lost.
 */
const unavailable = /^(?:08|28|3D|3F|40|53|55|57|58|F0|XX|25006|25P0[34]|42501|26000|42P05)/;

const pooler = "Behind a pooler such as PgBouncer, set DATABASE_POOLER=transaction.";

const hints: Readonly<Record<string, string>> = {
  "28P01": "Correct the user or password in DATABASE_URL.",
  "28000": "Correct the user in DATABASE_URL, or the server's pg_hba.conf.",
  "3D000": "Create the database (createdb), or correct its name in DATABASE_URL.",
  "42501": "Use the role that owns the database, or grant it the missing privileges.",
  "53300": "Lower DATABASE_CONNECTIONS, or raise the server's max_connections.",
  "25006": "Set DATABASE_URL to the primary, or list all servers and add target_session_attrs=read-write.",
  "26000": pooler,
  "42P05": pooler,
};

/** Returns {@link DatabaseUnavailableError} for errors of the server, and other errors unchanged. */
export function mapError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError || error instanceof TypeError) return error;
  if (!(error instanceof pg.DatabaseError) || (error.code === undefined && isCutShort(error))) {
    const hint = hintOfConnection(error);
    return new DatabaseUnavailableError("PostgreSQL is not responding.", { cause: error, hint });
  }
  const code = error.code ?? "";
  if (!unavailable.test(code) && !isStalePlan(error)) return error;
  return new DatabaseUnavailableError("PostgreSQL is not responding.", {
    cause: error,
    hint: code === "08P01" && /startup parameter/.test(error.message) ? pooler : hints[code],
  });
}

export function throwMapped(error: unknown): never {
  throw mapError(error);
}

function hintOfConnection(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/does not support SSL/.test(error.message)) return "Change sslmode in DATABASE_URL.";
  if (/certificate|altnames/i.test(error.message)) return "Correct sslmode or sslrootcert in DATABASE_URL.";
  if (isCutShort(error)) return "The server there is not PostgreSQL, or is stopping: check the host and port in DATABASE_URL.";
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "Correct the host in DATABASE_URL.";
  const isUnanswered = /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/.test(code) || (code === "ENOENT" && "syscall" in error);
  return isUnanswered ? "No server is listening there: start it, or correct the host or port in DATABASE_URL." : undefined;
}

/** Whether the connection was closed or its answer could not be parsed, as by a server of another protocol. */
function isCutShort(error: Error): boolean {
  return /^Connection terminated unexpectedly$|^received invalid response|error establishing an SSL connection/i.test(error.message);
}

/** Whether a migration has changed the columns of a named statement ("cached plan must not change result type"). */
export function isStalePlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "0A000" && error.routine === "RevalidateCachedQuery";
}

/** Whether the server is a standby or read-only. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "25006";
}

/** Whether `pg` gave up waiting for a query, which the server may still run. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Query read timeout";
}
