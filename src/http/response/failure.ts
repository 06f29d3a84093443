/** Whether what failed may well work in a moment: the honest answer is 503. */
import type { Services } from "../../core/services.ts";
import { DatabaseUnavailableError } from "../../db/errors.ts";

/** Descriptors of the process, or of the machine; memory of its sockets. */
const codes = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** The database is away, or the process has run out of something that may be free again soon. */
export function isForNow(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  for (let each = error; each instanceof Error; each = each.cause) if (codes.has(String((each as NodeJS.ErrnoException).code))) return true;
  return false;
}

/** Logs a request that failed; one that could not write tells `/readyz`, too. */
export function recordFailure(s: Services, error: Error, id: string): void {
  s.writeProbe.failed(error);
  s.log.error({ err: error, id }, "request failed");
}
