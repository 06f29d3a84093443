/** Describes one setting: variable, default, format and description. */
import type { z } from "zod";

export interface Setting<T = unknown> {
  readonly env: string;
  /** The value of an unset variable, as text; undefined where the default depends on other settings or there is none. */
  readonly default: string | undefined;
  readonly schema: z.ZodType<T, string>;
  /** Completes "must be …". */
  readonly format: string;
  /** One to three sentences, with code in backticks. */
  readonly description: string;
  /** Keeps the value out of error messages (ASVS 16.2.5). */
  readonly secret?: true;
}

export type Section = Readonly<Record<string, Setting>>;
