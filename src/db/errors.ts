/** Defines database errors: unavailable, unique violation, conflict. */

/** The database is unavailable, at least for now; requests get 503. */
export class DatabaseUnavailableError extends Error {
  override name = "DatabaseUnavailableError";
  /** Advice for the administrator in one sentence; undefined if there is none. */
  readonly hint: string | undefined;

  constructor(message: string, options: ErrorOptions & { hint?: string | undefined } = {}) {
    super(message, options);
    this.hint = options.hint;
  }

  /** The message of the engine, in one line without a password. */
  get said(): string {
    return (messageOf(this.cause) || this.message).replace(/\s+/g, " ");
  }

  /** One line for the administrator: message and hint. */
  get reason(): string {
    return [this.said.replace(/[.:]?$/, "."), this.hint].filter(Boolean).join(" ");
  }

  /** Whether it answers but takes no writes: read-only, or a full disk. */
  get refusesWrites(): boolean {
    const { cause } = this;
    if (!(cause instanceof Error)) return false;
    if ("errcode" in cause) return [8, 13].includes(Number(cause.errcode) % 256);
    return "code" in cause && ["25006", "53100"].includes(String(cause.code));
  }
}

/** Node throws an error without a message after it has tried several IPs. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(messageOf).join(", ");
  return cause instanceof Error ? cause.message : "";
}

/** Whether a write failed because a unique key is taken. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY; PostgreSQL's unique_violation.
  if ("errcode" in error) return error.errcode === 2067 || error.errcode === 1555;
  return "code" in error && error.code === "23505";
}

/** Thrown to retry a transaction, because another one has changed a row that it had read. */
export class RaceLostError extends Error {
  override name = "RaceLostError";
}

/**
 * Whether a transaction was rolled back because of a concurrent one, and can be retried: deadlock (40P01), serialization failure (40001),
 * a referenced row that was deleted (23503), tables that were migrated (0A000).
 */
export function isConflict(error: unknown): boolean {
  if (error instanceof RaceLostError) return true;
  const cause = error instanceof DatabaseUnavailableError ? error.cause : error;
  return cause instanceof Error && "code" in cause && ["40P01", "40001", "23503", "0A000"].includes(String(cause.code));
}
