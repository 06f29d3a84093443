/** What an operator can mend, in one line: which setting, and what the system says of it. */

import { SettingsError } from "../config/load.ts";
import { DatabaseUnavailableError } from "../db/errors.ts";
import { SchemaError } from "../db/migrate.ts";

/** Undefined where it is a bug, which needs its stack. What wraps another error is looked through. */
export function failureLine(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof SettingsError || each instanceof SchemaError) return oneLine(each.message);
    if (each instanceof DatabaseUnavailableError) return oneLine(`DATABASE_URL: ${each.reason}`);
    if (isOfSystem(each)) return oneLine(each.message);
  }
  return undefined;
}

/** The operating system's own refusals name the path or the address that they are about. */
function isOfSystem(error: Error): boolean {
  return "syscall" in error && "code" in error && /^E[A-Z0-9]+$/.test(String(error.code));
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*[\r\n]+\s*/g, " ");
}
