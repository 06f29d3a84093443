/** Logs the findings of the doctor when a deployment starts. */

import type { Services } from "../core/services.ts";
import { diagnose } from "./doctor.ts";
import { formatFinding } from "./findings.ts";

export async function warnAtStart({ settings, log, now }: Pick<Services, "settings" | "log" | "now">, db?: Services["db"]): Promise<void> {
  if (!settings.isDeployed) return;
  try {
    for (const finding of await diagnose(settings, now, db ? { db } : {})) log.warn(formatFinding(finding));
  } catch (error) {
    log.error({ err: error }, "could not check the setup");
  }
}
