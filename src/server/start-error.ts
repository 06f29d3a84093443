/** Formats expected start-up errors as one line. */
import { SettingsError } from "../config/load.ts";
import { PlacesFileError } from "../core/places.ts";
import { StartRefusedError } from "../core/start-refused.ts";
import { DatabaseUnavailableError } from "../db/errors.ts";
import { SchemaError } from "../db/migrate.ts";

/** Returns the message of an expected error or of its cause; undefined for bugs, which need their stack trace. */
export function startErrorLine(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (
      each instanceof SettingsError ||
      each instanceof PlacesFileError ||
      each instanceof StartRefusedError ||
      each instanceof SchemaError
    )
      return oneLine(each.message);
    if (each instanceof DatabaseUnavailableError) return oneLine(`DATABASE_URL: ${each.reason}`);
    if (isSystemError(each)) return oneLine(each.message);
  }
  return undefined;
}

/** Whether it is an error of the operating system, whose message contains the path or host. */
function isSystemError(error: Error): boolean {
  return "syscall" in error && "code" in error && /^E[A-Z0-9]+$/.test(String(error.code));
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*[\r\n]+\s*/g, " ");
}
