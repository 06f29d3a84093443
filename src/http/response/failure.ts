/** Logs failures and recognises temporary ones, which return 503. */
import type { Services } from "../../core/services.ts";
import { DatabaseUnavailableError } from "../../db/errors.ts";

/** File descriptors or memory are exhausted. */
const codes = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Whether a retry may succeed: the database is unavailable, or file descriptors or memory are exhausted. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  for (let each = error; each instanceof Error; each = each.cause) if (codes.has(String((each as NodeJS.ErrnoException).code))) return true;
  return false;
}

/** Logs a failed request. A failed database write also makes `/readyz` return 503. */
export function recordFailure(s: Services, error: Error, id: string): void {
  s.writeProbe.failed(error);
  s.log.error({ err: error, id }, "request failed");
}
