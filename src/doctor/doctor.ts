/** Runs all checks of the setup. */

import type { Settings } from "../config/load.ts";
import type { Database } from "../db/database.ts";
import { checkDatabase } from "./check-database.ts";
import { checkFiles } from "./check-files.ts";
import { checkMail, type MailCheck } from "./check-mail.ts";
import { checkPlaces } from "./check-places.ts";
import { checkProviders } from "./check-providers.ts";
import { checkSettings } from "./check-settings.ts";
import type { Finding } from "./findings.ts";

interface DiagnoseOptions extends MailCheck {
  /** The open database, if any: opening a SQLite file twice in a process would drop its locks. */
  readonly db?: Database;
  readonly onProgress?: (step: string) => void;
  /** Whether providers are asked: a start needs no network. */
  readonly asksProviders?: boolean;
}

/** Returns all findings, errors first. Read-only, except that `send` sends a test email. */
export async function diagnose(
  settings: Settings,
  now: () => number,
  { db, send, onProgress, asksProviders = false }: DiagnoseOptions = {},
): Promise<Finding[]> {
  const findings = [...checkSettings(settings, now()), ...checkFiles(settings), ...(await checkPlaces(settings, now()))];
  onProgress?.("Checking the database …");
  findings.push(...(await checkDatabase(settings, now, db)));
  onProgress?.("Checking the mail server …");
  findings.push(...(await checkMail(settings, { send })));
  if (asksProviders && settings.providers.length > 0) {
    onProgress?.("Checking the providers …");
    findings.push(...(await checkProviders(settings, now)));
  }
  return findings.toSorted((a, b) => Number(b.level === "error") - Number(a.level === "error"));
}
