/** What may be wrong with how the program is set up, in one line each: what it is, why it matters, and what to change. */

export interface Finding {
  /** An error is a hole, or keeps the program from working; a warning may be meant so. */
  readonly level: "error" | "warning";
  /** The setting to change. */
  readonly setting: string;
  readonly what: string;
  readonly why: string;
  /** What to do about it. */
  readonly change: string;
}

export function findingInWords({ setting, what, why, change }: Finding): string {
  return `${setting}: ${what} ${why} ${change}`;
}
