/** Reports why a server does not start. */

/** The settings contradict stored data. The message is one line and names the setting to change. */
export class StartRefusedError extends Error {
  override name = "StartRefusedError";
}
