/** Whether an error says that the process has run out of something that may be free again in a moment. */

/** Descriptors of the process, or of the machine; memory of its sockets. */
const codes = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

export function isExhausted(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (codes.has(String((each as NodeJS.ErrnoException).code))) return true;
  return false;
}
