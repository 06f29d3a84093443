/** Logs what may be wrong with the set-up of a deployment, once, at its start. */

import type { Services } from "../core/services.ts";
import { diagnose } from "./doctor.ts";
import { findingInWords } from "./findings.ts";

/** Says once, where people rely on it, what may be wrong with how the program is set up. Resolves when it is said. */
export async function warnAtStart({ settings, log, now }: Pick<Services, "settings" | "log" | "now">, db?: Services["db"]): Promise<void> {
  if (!settings.isDeployed) return;
  try {
    for (const finding of await diagnose(settings, now, db ? { db } : {})) log.warn(findingInWords(finding));
  } catch (error) {
    log.error({ err: error }, "could not look for what may be wrong");
  }
}
