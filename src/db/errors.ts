/** The error of a database that cannot be used now and may well be usable later: the honest answer is 503. */
export class DatabaseUnavailableError extends Error {
  override name = "DatabaseUnavailableError";
  /** What the operator may change, in one sentence; undefined where it is only to be waited for. */
  readonly hint: string | undefined;

  constructor(message: string, options: ErrorOptions & { hint?: string | undefined } = {}) {
    super(message, options);
    this.hint = options.hint;
  }

  /** What the engine said, in one line that names no password. */
  get said(): string {
    return (messageOf(this.cause) || this.message).replace(/\s+/g, " ");
  }

  /** One line for the operator: what the engine said, and what to change. */
  get reason(): string {
    return [this.said.replace(/[.:]?$/, "."), this.hint].filter(Boolean).join(" ");
  }

  /** Whether it answers and takes no writes: read-only, or its disk is full. */
  get refusesWrites(): boolean {
    const { cause } = this;
    if (!(cause instanceof Error)) return false;
    if ("errcode" in cause) return [8, 13].includes(Number(cause.errcode) % 256);
    return "code" in cause && ["25006", "53100"].includes(String(cause.code));
  }
}

/** Node gives an error without a message where it has tried several IPs. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(messageOf).join(", ");
  return cause instanceof Error ? cause.message : "";
}

/** Whether a write failed because a unique index already holds the value. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY; PostgreSQL's unique_violation.
  if ("errcode" in error) return error.errcode === 2067 || error.errcode === 1555;
  return "code" in error && error.code === "23505";
}

/** Thrown to have a transaction tried again: what it had read was changed by another before it could write. */
export class RaceLostError extends Error {
  override name = "RaceLostError";
}

/**
 * Whether a transaction failed only because of another one that ran beside it: they waited for each other, and PostgreSQL ended this
 * one; what it had read, and refers to, was removed meanwhile; or a migration changed its tables. Nothing of it has happened, and it can
 * be tried again.
 */
export function isConflict(error: unknown): boolean {
  if (error instanceof RaceLostError) return true;
  const cause = error instanceof DatabaseUnavailableError ? error.cause : error;
  return cause instanceof Error && "code" in cause && ["40P01", "40001", "23503", "0A000"].includes(String(cause.code));
}
