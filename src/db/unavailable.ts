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
