/** Implements `latchkey import json`: imports second factors and passkeys. */
import { readFileSync } from "node:fs";
import { type FactorTrouble, readFactorsFile } from "../migration/factors-file.ts";
import { type FactorsReport, importFactors, isFactorError } from "../migration/import-factors.ts";
import { ImportError } from "../migration/source.ts";
import { nonFileKind } from "../platform/regular-file.ts";
import { commandLine, withServices } from "./command.ts";
import { number } from "./import-report.ts";
import { bar, endProgress, list, print, printable, showProgress } from "./terminal.ts";

interface Options {
  readonly from: string;
  readonly application?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
}

export async function runFactorsImport({ from, application: name, dryRun, json }: Options): Promise<void> {
  if (name === undefined)
    throw new ImportError("--application must name the app whose accounts were imported, such as flask: their IDs are those of the file");
  const entries = readFactorsFile(readFile(from));
  const isDry = dryRun === true;
  await withServices(async (s) => {
    const onProgress = (read: number) => {
      if (!json) showProgress(`${bar(read, entries.length)} ${number(read)} of ${number(entries.length)}`);
    };
    const report = await importFactors(s, entries, { name, isDry }, { info: commandLine, onProgress });
    if (!json) endProgress();
    // Scripts must not take an account for protected whose factor was not imported.
    if (Object.keys(report.troubles).some((trouble) => isFactorError(trouble as FactorTrouble))) process.exitCode = 1;
    print({ json }, { json: { dryRun: isDry, application: name, ...report }, text: reportInWords(report, isDry) });
  });
}

function readFile(path: string): string {
  const instead = nonFileKind(path);
  if (instead !== undefined) throw new ImportError(`--from: ${path} is ${instead}, not a file`);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ImportError(`--from: ${(error as Error).message}`, { cause: error });
  }
}

function reportInWords(
  { read, imported, unchanged, skipped, authenticators, recoveryCodes, passkeys, logins, troubles }: FactorsReport,
  isDry: boolean,
) {
  const counts: [string, string][] = [
    ["accounts read", number(read)],
    [isDry ? "would get factors" : "got factors", number(imported)],
    ["unchanged", number(unchanged)],
    ["skipped", number(skipped)],
    ["authenticator apps", number(authenticators)],
    ["recovery codes", number(recoveryCodes)],
    ["passkeys", number(passkeys)],
    ["linked logins", number(logins)],
  ];
  const noted = Object.entries(troubles).map(([name, { count, ids }]) => {
    const trouble = name as FactorTrouble;
    const shown = ` (${ids.join(", ")}${count > ids.length ? ", …" : ""})`;
    return printable(`${isFactorError(trouble) ? "Error: " : ""}${number(count)} ${troubleWords[trouble]}${shown}`);
  });
  return [
    list(counts),
    ...(noted.length > 0 ? ["", ...noted] : []),
    ...(isDry ? ["", "Dry run: nothing was written. Run again without --dry-run to import."] : []),
  ].join("\n");
}

const troubleWords: Readonly<Record<FactorTrouble, string>> = {
  "entry-not-valid": "skipped: the entry has an invalid format; see docs/migrating.md",
  "id-twice": "skipped: another entry has the same ID",
  "account-not-found": 'skipped: no account with this ID was imported from this app; run "latchkey import" first',
  "email-differs": "skipped: the email is not the one that the account was imported with, so the ID may belong to another user",
  "account-frozen": "skipped: reported as compromised, or the deletion is scheduled",
  "account-used": "not changed: the user has logged in or set a password here since",
  "factors-changed": "not changed: factors or other credentials were changed here since the import",
  "totp-parameters": "with an authenticator that was not imported: only SHA1, 6 digits and 30 seconds are supported",
  "totp-secret-not-valid": "with an authenticator that was not imported: the secret must be base32 of at least 80 bits",
  "totp-too-many": "with more than 5 authenticators: the others were not imported",
  "codes-hashed": "with recovery codes that were not imported: they are hashed, and only plain codes can be imported; users make new ones",
  "codes-not-valid": "with recovery codes that were not imported: each must be 8–64 letters and numbers, not counting hyphens and spaces",
  "codes-without-factor": "with recovery codes that were not imported: there is no second factor that they could replace",
  "two-factor-without-factor": "whose login asks for no second factor, because none could be imported",
  "passkeys-off": "with passkeys that were not imported: PASSKEYS is off, or passkeys can't work at this BASE_URL",
  "passkey-other-site": "with passkeys that were not imported: their RP ID is not the one of this site (PASSKEY_RP_ID)",
  "passkey-not-valid": "with passkeys that were not imported: invalid key, ID, flags, user handle, or no RP ID",
  "passkey-taken": "with passkeys that were not imported: another account has them",
  "passkey-too-many": "with too many passkeys: the others were not imported",
  "login-provider-unknown": "with linked logins that were not imported: the provider is not in PROVIDERS, or the issuer is missing",
  "login-not-valid": "with linked logins that were not imported: the subject must be 1–255 characters",
  "login-taken": "with linked logins that were not imported: another account has them",
  "login-too-many": "with more than 20 linked logins: the others were not imported",
};
