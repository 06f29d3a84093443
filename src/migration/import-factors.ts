/** Imports second factors and passkeys of accounts that were imported before (decision 030). */
import { recordEvent } from "../core/audit/log.ts";
import { bumpSecurityVersion, type GuardedAccount, lockAccount } from "../core/credentials/guard-change.ts";
import { type KnownIdentity, linkIdentity, listIdentities } from "../core/identities/identities.ts";
import { addPasskey, findHandle, listPasskeys } from "../core/passkeys/passkeys.ts";
import { relyingPartyOf } from "../core/passkeys/relying-party.ts";
import type { RequestInfo } from "../core/request-info.ts";
import type { Services, Transaction } from "../core/services.ts";
import { importAuthenticator, listSecrets, maxAuthenticators } from "../core/two-factor/authenticators.ts";
import { countUnused, replaceRecoveryCodes } from "../core/two-factor/recovery-codes.ts";
import { turnOn } from "../core/two-factor/state.ts";
import type { FactorsEntry, FactorTrouble, LoginEntry, PasskeyEntry, ReadEntry } from "./factors-file.ts";
import { emailDigest, findImported, type ImportedAccount, importIdOf } from "./imported-accounts.ts";
import { runBatch } from "./run-batch.ts";

export interface FactorsPlan {
  /** Name of the app whose accounts were imported. */
  readonly name: string;
  readonly isDry: boolean;
}

export interface FactorsReport {
  /** Entries of the file. */
  read: number;
  /** Accounts with new factors. */
  imported: number;
  unchanged: number;
  skipped: number;
  authenticators: number;
  recoveryCodes: number;
  passkeys: number;
  logins: number;
  /** Entries by issue, with their first IDs. */
  readonly troubles: Partial<Record<FactorTrouble, { count: number; ids: string[] }>>;
}

/** Without an effect on what was asked for: accounts that are in use here by now. */
const expected: readonly FactorTrouble[] = ["account-used", "factors-changed"];

export function isFactorError(trouble: FactorTrouble): boolean {
  return !expected.includes(trouble);
}

const perBatch = 100;
const idsShown = 20;

export async function importFactors(
  s: Services,
  entries: readonly ReadEntry[],
  plan: FactorsPlan,
  { info, onProgress }: { readonly info: RequestInfo; readonly onProgress: (read: number) => void },
): Promise<FactorsReport> {
  const report = emptyReport();
  const seen = new Set<string>();
  for (let from = 0; from < entries.length; from += perBatch) {
    const batch = entries.slice(from, from + perBatch);
    // A transaction may be retried, so its report is added after the commit.
    const part = await runBatch(s, plan, (tx) => importBatch(tx, batch, { plan, info, seen }));
    add(report, part);
    for (const { id } of batch) seen.add(id);
    onProgress(report.read);
  }
  return report;
}

function emptyReport(): FactorsReport {
  return { read: 0, imported: 0, unchanged: 0, skipped: 0, authenticators: 0, recoveryCodes: 0, passkeys: 0, logins: 0, troubles: {} };
}

function add(report: FactorsReport, part: FactorsReport): void {
  for (const name of ["read", "imported", "unchanged", "skipped", "authenticators", "recoveryCodes", "passkeys", "logins"] as const)
    report[name] += part[name];
  for (const [trouble, { count, ids }] of Object.entries(part.troubles)) note(report, trouble as FactorTrouble, count, ids);
}

function note({ troubles }: FactorsReport, trouble: FactorTrouble, count: number, ids: readonly string[]): void {
  const before = troubles[trouble] ?? { count: 0, ids: [] };
  troubles[trouble] = { count: before.count + count, ids: [...before.ids, ...ids].slice(0, idsShown) };
}

interface BatchWork {
  readonly plan: FactorsPlan;
  readonly info: RequestInfo;
  /** IDs of earlier batches. */
  readonly seen: ReadonlySet<string>;
}

async function importBatch(tx: Transaction, batch: readonly ReadEntry[], { plan, info, seen }: BatchWork): Promise<FactorsReport> {
  const report = emptyReport();
  const known = await findImported(tx, plan, batch);
  const inBatch = new Set<string>();
  for (const entry of batch) {
    report.read++;
    const isTwice = seen.has(entry.id) || inBatch.has(entry.id);
    inBatch.add(entry.id);
    const outcome = isTwice
      ? ({ result: "skipped", troubles: ["id-twice"] } as const)
      : await importEntry(tx, entry, { known: known.get(importIdOf(plan, entry.id)), info });
    report[outcome.result]++;
    if ("added" in outcome && outcome.added)
      for (const kind of ["authenticators", "recoveryCodes", "passkeys", "logins"] as const) report[kind] += outcome.added[kind];
    for (const trouble of new Set(outcome.troubles)) note(report, trouble, 1, [entry.id]);
  }
  return report;
}

interface Counts {
  readonly authenticators: number;
  readonly recoveryCodes: number;
  readonly passkeys: number;
  readonly logins: number;
}

interface Outcome {
  readonly result: "imported" | "unchanged" | "skipped";
  readonly troubles: readonly FactorTrouble[];
  readonly added?: Counts;
}

interface Target {
  readonly known: ImportedAccount | undefined;
  readonly info: RequestInfo;
}

async function importEntry(tx: Transaction, entry: ReadEntry, { known, info }: Target): Promise<Outcome> {
  const skip = (...troubles: FactorTrouble[]): Outcome => ({ result: "skipped", troubles });
  if (!("email" in entry)) return skip(...entry.troubles);
  if (!known) return skip("account-not-found");
  // Account takeover by a reused ID: the entry must be of the user whose account was imported under it.
  if (emailDigest(entry.email) !== known.sourceEmailDigest) return skip("email-differs");
  if (known.isFrozen) return skip("account-frozen");
  const account = await lockAccount(tx, known.userId);
  if (!account) return skip("account-not-found");
  const found = await findNew(tx, account, entry);
  const troubles = [...entry.troubles, ...found.troubles];
  if (!found.hasNew) return { result: troubles.length > 0 && !hasAny(entry) ? "skipped" : "unchanged", troubles };
  const refusal = refusalOf(known, account);
  if (refusal) return skip(refusal);
  const added = await addAll(tx, account, found);
  troubles.push(...added.troubles);
  await recordEvent(tx, account.id, "factors-imported", info);
  const { security_version } = await tx.db
    .selectFrom("users")
    .select("security_version")
    .where("id", "=", account.id)
    .executeTakeFirstOrThrow();
  await tx.db.updateTable("imports").set({ factors_version: security_version }).where("id", "=", known.importId).execute();
  return { result: "imported", troubles, added: added.counts };
}

function hasAny({ authenticators, recoveryCodes, passkeys, logins }: FactorsEntry): boolean {
  return authenticators.length + recoveryCodes.length + passkeys.length + logins.length > 0;
}

/**
 * Removed factors: each removal changes the security version, so that a repeated import does not bring the factor back. Lockout: an account
 * in use gets no factor that its user does not expect.
 */
function refusalOf(known: ImportedAccount, { security_version, two_factor_since }: GuardedAccount): FactorTrouble | undefined {
  if (known.factorsVersion !== null && known.factorsVersion !== security_version) return "factors-changed";
  if (!known.isUntouched || (known.factorsVersion === null && two_factor_since !== null)) return "account-used";
  return undefined;
}

interface NewFactors {
  readonly hasNew: boolean;
  readonly authenticators: FactorsEntry["authenticators"];
  /** All of them, if one is new; else none. */
  readonly recoveryCodes: readonly string[];
  readonly passkeys: readonly PasskeyEntry[];
  readonly logins: readonly KnownIdentity[];
  readonly turnsOn: boolean;
  readonly troubles: readonly FactorTrouble[];
}

async function findNew(tx: Transaction, account: GuardedAccount, entry: FactorsEntry): Promise<NewFactors> {
  const troubles: FactorTrouble[] = [];
  const secrets = await listSecrets(tx, account.id);
  const own = await listPasskeys(tx, account.id);
  const ownIds = new Set(own.map(({ credentialId }) => credentialId));
  const rp = relyingPartyOf(tx.settings);
  if (!rp && entry.passkeys.length > 0) troubles.push("passkeys-off");
  const usable = rp ? entry.passkeys.filter(({ rpId }) => rpId === rp.id) : [];
  if (rp && usable.length < entry.passkeys.length) troubles.push("passkey-other-site");
  const isFactor = secrets.length + entry.authenticators.length + (rp ? own.length : 0) + usable.length > 0;
  if (!isFactor && entry.recoveryCodes.length > 0) troubles.push("codes-without-factor");
  if (!isFactor && entry.twoFactor) troubles.push("two-factor-without-factor");
  const codes = isFactor ? entry.recoveryCodes : [];
  const areCodesKnown = (await countUnused(tx, account.id, codes)) === codes.length;
  const authenticators = entry.authenticators.filter(({ secret }) => !secrets.includes(secret));
  const passkeys = usable.filter(({ credentialId }) => !ownIds.has(credentialId.toString("base64url")));
  const recoveryCodes = areCodesKnown ? [] : codes;
  const turnsOn = isFactor && entry.twoFactor && account.two_factor_since === null;
  const logins = await newLogins(tx, account, entry.logins, troubles);
  const hasNew = authenticators.length + recoveryCodes.length + passkeys.length + logins.length > 0 || turnsOn;
  return { hasNew, authenticators, recoveryCodes, passkeys, logins, turnsOn, troubles };
}

/** Account takeover: an issuer that is not the provider's own, such as another tenant of Microsoft, must be given. */
async function newLogins(
  tx: Transaction,
  { id }: GuardedAccount,
  entries: readonly LoginEntry[],
  troubles: FactorTrouble[],
): Promise<readonly KnownIdentity[]> {
  if (entries.length === 0) return [];
  const own = await listIdentities(tx, id);
  return entries.flatMap(({ provider, issuer: given, subject, email }) => {
    const issuer = given ?? tx.settings.providers.find((each) => each.id === provider)?.issuer;
    if (issuer === undefined || issuer.includes("{")) {
      troubles.push("login-provider-unknown");
      return [];
    }
    return own.some((each) => each.issuer === issuer && each.subject === subject)
      ? []
      : { provider, issuer, subject, email, isEmailVouched: false };
  });
}

async function addAll(
  tx: Transaction,
  account: GuardedAccount,
  { authenticators, recoveryCodes, passkeys, logins, turnsOn }: NewFactors,
): Promise<{ readonly counts: Counts; readonly troubles: FactorTrouble[] }> {
  const troubles: FactorTrouble[] = [];
  const before = (await listSecrets(tx, account.id)).length;
  const fitting = authenticators.slice(0, Math.max(0, maxAuthenticators - before));
  if (fitting.length < authenticators.length) troubles.push("totp-too-many");
  for (const authenticator of fitting) await importAuthenticator(tx, account, authenticator);
  let added = 0;
  for (const passkey of passkeys) {
    const result = await importPasskey(tx, account, passkey);
    if (result === undefined) added++;
    else troubles.push(result);
  }
  let linked = 0;
  for (const login of logins) {
    // The other app may have linked it by an email alone.
    const result = await linkIdentity(tx, account, { ...login, isConfirmed: false });
    if (result.ok) linked++;
    else troubles.push(result.reason === "taken" ? "login-taken" : "login-too-many");
  }
  if (recoveryCodes.length > 0) await replaceRecoveryCodes(tx, account, recoveryCodes);
  // Those of earlier runs count: a corrected file may only say that each login asks for them.
  const all = before + fitting.length + (await listPasskeys(tx, account.id)).length;
  if (turnsOn && all > 0) await turnOn(tx, account);
  else await bumpSecurityVersion(tx, account.id);
  return { counts: { authenticators: fitting.length, recoveryCodes: recoveryCodes.length, passkeys: added, logins: linked }, troubles };
}

async function importPasskey(tx: Transaction, account: GuardedAccount, passkey: PasskeyEntry): Promise<FactorTrouble | undefined> {
  const { handle: given, rpId, name, ...credential } = passkey;
  // All passkeys of an account share one user handle, which the authenticators have stored.
  const handle = given ?? (await findHandle(tx, account.id)) ?? tx.random(32);
  const added = await addPasskey(tx, account, {
    credential: { ...credential, userVerified: false },
    handle,
    rpId,
    name: name || "Passkey",
  });
  if (added.ok) return undefined;
  return added.reason === "too-many" ? "passkey-too-many" : added.reason === "taken" ? "passkey-taken" : "passkey-not-valid";
}
