/** Looks for what may be wrong with how the program is set up: the settings, the files, the database, the mail server. */

import type { Settings } from "../config/load.ts";
import type { Database } from "../db/database.ts";
import { checkDatabase } from "./check-database.ts";
import { checkFiles } from "./check-files.ts";
import { checkMail, type MailCheck } from "./check-mail.ts";
import { checkSettings } from "./check-settings.ts";
import type { Finding } from "./findings.ts";

interface Examined extends MailCheck {
  /** The database, where it is open already: opened a second time in one process, a file would lose its locks. */
  readonly db?: Database;
  readonly onProgress?: (step: string) => void;
}

/** Everything that was found, errors first. Changes nothing. */
export async function diagnose(settings: Settings, now: () => number, { db, send, onProgress }: Examined = {}): Promise<Finding[]> {
  const findings = [...checkSettings(settings, now()), ...checkFiles(settings)];
  onProgress?.("Asking the database …");
  findings.push(...(await checkDatabase(settings, now, db)));
  onProgress?.("Asking the mail server …");
  findings.push(...(await checkMail(settings, { send })));
  return findings.toSorted((a, b) => Number(b.level === "error") - Number(a.level === "error"));
}
