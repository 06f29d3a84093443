/** Defines a finding of the doctor and its text. */

export interface Finding {
  /** An error is a vulnerability or an outage; a warning may be intended. */
  readonly level: "error" | "warning";
  /** The setting to change. */
  readonly setting: string;
  readonly problem: string;
  readonly risk: string;
  readonly fix: string;
}

export function formatFinding({ setting, problem, risk, fix }: Finding): string {
  return `${setting}: ${problem} ${risk} ${fix}`;
}
