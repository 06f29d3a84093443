/** One setting: its name in the environment, what it takes, its default and what it means. */
import type { z } from "zod";

export interface SettingRow<T> {
  readonly env: string;
  /** What stands in the environment when nothing is set; undefined where there is no fixed default. */
  readonly fallback: string | undefined;
  readonly read: z.ZodType<T, string>;
  /** Completes "… must be". */
  readonly expected: string;
  readonly meaning: string;
  readonly secret?: true;
}

export function row<T>(
  env: string,
  fallback: string | undefined,
  read: z.ZodType<T, string>,
  expected: string,
  meaning: string,
  secret?: "secret",
): SettingRow<T> {
  return { env, fallback, read, expected, meaning, ...(secret ? { secret: true } : {}) };
}
