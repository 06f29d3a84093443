/** Ends whatever could still open an account: every session and every token in a letter. */

import type { Services } from "./services.ts";
import { endSessions } from "./sessions.ts";
import { endTokens } from "./tokens.ts";

/** In the transaction of what makes it necessary, so that a thief who was in is out at that moment (ASVS 7.4.3). */
export async function endEverything(tx: Services, userId: string): Promise<void> {
  await endSessions(tx, userId);
  await endTokens(tx, userId);
}
