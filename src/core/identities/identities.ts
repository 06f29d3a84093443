/** Stores identities at other providers: finds, lists, links, unlinks. */
import type { Selectable } from "kysely";
import { columns } from "../../db/columns.ts";
import type { Schema } from "../../db/schema.ts";
import { insertIfAbsent } from "../../db/statements.ts";
import { recordEvent } from "../audit/log.ts";
import { endTrust } from "../credentials/end-trust.ts";
import { bumpSecurityVersion, type GuardedAccount, lockAccount } from "../credentials/guard-change.ts";
import { keepRemoved } from "../credentials/removed-factors.ts";
import { hasAnotherWayIn } from "../credentials/ways-in.ts";
import { type EncryptedColumn, encryptColumn, tryDecryptColumn } from "../encrypted-column.ts";
import { isIssuerOf, logsIn } from "../providers/issuers.ts";
import type { ProviderTokens } from "../providers/provider.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Services, Transaction } from "../services.ts";
import type { Session } from "../sessions/session.ts";
import type { LinkedLogin } from "../users/account-factors.ts";
import { takeMappedRoles } from "./mapped-roles.ts";
import { endProofsOf } from "./proofs.ts";
import { forgetUnlinked, rememberUnlinked } from "./unlinked-issuers.ts";

/** Name of the way in. */
export const providerWayIn = "provider";
export const maxIdentities = 20;

export const identityTokens: EncryptedColumn = { table: "identities", column: "tokens", id: "id", purpose: "provider" };

type IdentityRow = Selectable<Schema["identities"]>;

function toIdentity(row: IdentityRow): LinkedLogin {
  const { id, provider, issuer, subject, email, email_vouched, created_at, confirmed_at, last_used_at } = row;
  const times = { createdAt: created_at, confirmedAt: confirmed_at, lastUsedAt: last_used_at };
  return { id, provider, issuer, subject, email, isEmailVouched: email_vouched === 1, ...times };
}

/** Account takeover: found by issuer and subject alone. Emails and usernames change hands at providers (OpenID Connect Core, 5.7). */
export function findIdentity(s: Services, issuer: string, subject: string): Promise<IdentityRow | undefined> {
  return s.db
    .selectFrom("identities")
    .select(columns.identities)
    .where("issuer", "=", issuer)
    .where("subject", "=", subject)
    .executeTakeFirst();
}

/** All identities of an account, oldest first, also those of providers that are no longer configured. */
export async function listIdentities(s: Services, userId: string): Promise<LinkedLogin[]> {
  const rows = await s.db
    .selectFrom("identities")
    .select(columns.identities)
    .where("user_id", "=", userId)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(toIdentity);
}

/** Identities that can log in: the issuer is that of a provider that this site has configured, and the email is of its domains. */
export async function usableIdentities(s: Services, userId: string): Promise<LinkedLogin[]> {
  return (await listIdentities(s, userId)).filter((identity) => isUsable(s, identity));
}

/** Lockout: a provider's name says nothing, since its issuer may have changed, and a provider may have got another name. */
function isUsable({ settings }: Services, identity: LinkedLogin): boolean {
  return settings.providers.some((provider) => logsIn(provider, identity));
}

export async function countUsable(s: Services, userId: string): Promise<number> {
  return (await usableIdentities(s, userId)).length;
}

/** What a provider has told about an identity. */
export interface KnownIdentity {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string | undefined;
  /** Whether the provider vouches for the email. */
  readonly isEmailVouched: boolean;
  /** Kept only with `PROVIDER_…_KEEP_TOKENS`. */
  readonly tokens?: ProviderTokens | undefined;
}

interface LinkedIdentity extends KnownIdentity {
  /** Whether the owner links it: it creates the account, or its user is logged in. Otherwise its factors don't count here. */
  readonly isConfirmed: boolean;
}

export type Linked =
  | { readonly ok: true; readonly id: string }
  /** `taken`: an account has this identity already. */
  | { readonly ok: false; readonly reason: "taken" | "too-many" };

/** Links an identity to an account whose row is locked, ends its other proofs, and bumps its security version. */
export async function linkIdentity(
  tx: Transaction,
  { id: userId, two_factor_since }: GuardedAccount,
  known: LinkedIdentity,
): Promise<Linked> {
  const { provider, issuer, subject, email, isEmailVouched, tokens, isConfirmed } = known;
  if ((await listIdentities(tx, userId)).length >= maxIdentities) return { ok: false, reason: "too-many" };
  const id = tx.newId();
  const isInserted = await insertIfAbsent(tx.db, "identities", {
    id,
    user_id: userId,
    provider,
    issuer,
    subject,
    email: email ?? null,
    email_vouched: isEmailVouched ? 1 : 0,
    created_at: tx.now(),
    confirmed_at: isConfirmed ? tx.now() : null,
    last_used_at: null,
    tokens: sealed(tx, id, tokens),
  });
  // Account confusion: an identity belongs to one account. Race: the unique index decides.
  if (!isInserted) return { ok: false, reason: "taken" };
  await forgetUnlinked(tx, userId, issuer);
  await afterChange(tx, { id: userId, two_factor_since }, [{ issuer, subject }]);
  return { ok: true, id };
}

/** From now on, its factors count here, where the site trusts the provider's. Undefined if the account does not have it. */
export async function confirmIdentity(tx: Transaction, account: GuardedAccount, id: string): Promise<LinkedLogin | undefined> {
  const found = (await listIdentities(tx, account.id)).find((each) => each.id === id);
  if (!found || found.confirmedAt !== null) return found;
  await tx.db.updateTable("identities").set({ confirmed_at: tx.now() }).where("id", "=", id).where("user_id", "=", account.id).execute();
  await bumpSecurityVersion(tx, account.id);
  return found;
}

/** A proof from before the change must not link the identity again (CVE-2026-92358). */
async function afterChange(
  tx: Transaction,
  account: Pick<GuardedAccount, "id" | "two_factor_since">,
  identities: readonly Pick<KnownIdentity, "issuer" | "subject">[],
): Promise<void> {
  await endProofsOf(tx, account.id, identities);
  await endTrust(tx, account);
  await bumpSecurityVersion(tx, account.id);
}

/** Records a login: the name that the provider has now, the email that it names, and its tokens. */
export async function recordIdentityUse(
  tx: Transaction,
  id: string,
  { provider, email, isEmailVouched, tokens }: Pick<KnownIdentity, "provider" | "email" | "isEmailVouched" | "tokens">,
): Promise<void> {
  await tx.db
    .updateTable("identities")
    .set({ provider, last_used_at: tx.now(), email: email ?? null, email_vouched: isEmailVouched ? 1 : 0, tokens: sealed(tx, id, tokens) })
    .where("id", "=", id)
    .execute();
}

function sealed(tx: Transaction, id: string, tokens: ProviderTokens | undefined): string | null {
  return tokens === undefined ? null : encryptColumn(tx, identityTokens, id, JSON.stringify(tokens));
}

/** The tokens of an account's identity at a provider; undefined if none are kept, or if no key of `SECRET_KEY` decrypts them. */
export async function readProviderTokens(s: Services, userId: string, provider: string): Promise<ProviderTokens | undefined> {
  const rows = await s.db
    .selectFrom("identities")
    .select(["id", "issuer", "tokens"])
    .where("user_id", "=", userId)
    .where("provider", "=", provider)
    .where("tokens", "is not", null)
    .orderBy("last_used_at", "desc")
    .execute();
  // Leaked tokens: those of an earlier issuer must not be sent to the one that has its name now.
  const configured = s.settings.providers.find(({ id }) => id === provider);
  const row = rows.find(({ issuer }) => configured === undefined || isIssuerOf(configured, issuer));
  const text = row?.tokens == null ? undefined : tryDecryptColumn(s, identityTokens, row.id, row.tokens);
  return text === undefined ? undefined : (JSON.parse(text) as ProviderTokens);
}

export type Unlinked =
  /** `keptUntil`: until when a report can restore it; null if it can't. */
  | { readonly ok: true; readonly identity: LinkedLogin; readonly keptUntil: number | null }
  | { readonly ok: false; readonly reason: "last-way-in" };

interface Unlinking {
  readonly info: RequestInfo;
  /** Of its user. Without one, it is unlinked for good. */
  readonly session?: Pick<Session, "tokenHash">;
}

/**
 * Unlinks an identity and ends the sessions that began with it. Lockout: never the last way in. Undefined if the account does not have it.
 */
export async function unlinkIdentity(
  tx: Transaction,
  account: GuardedAccount,
  id: string,
  { info, session }: Unlinking,
): Promise<Unlinked | undefined> {
  const found = (await listIdentities(tx, account.id)).find((each) => each.id === id);
  if (!found) return undefined;
  if (await isLastWayIn(tx, account.id, found)) return { ok: false, reason: "last-way-in" };
  const keptUntil = session ? await keepRemoved(tx, account, { session, factors: [id] }) : null;
  await remove(tx, account, [found], info);
  return { ok: true, identity: found, keptUntil };
}

/** One that is not usable logs nobody in, so its removal takes no way in away. */
export async function isLastWayIn(s: Services, userId: string, identity: LinkedLogin): Promise<boolean> {
  return isUsable(s, identity) && !(await hasAnotherWayIn(s, userId, providerWayIn));
}

interface Removing {
  /** Removes those linked since then. */
  readonly since: number;
  readonly info: RequestInfo;
}

/** Returns the removed ones. */
export async function removeIdentitiesSince(
  tx: Transaction,
  account: GuardedAccount,
  { since, info }: Removing,
): Promise<readonly LinkedLogin[]> {
  const removed = (await listIdentities(tx, account.id)).filter(({ createdAt }) => createdAt >= since);
  if (removed.length > 0) await remove(tx, account, removed, info);
  return removed;
}

async function remove(tx: Transaction, account: GuardedAccount, removed: readonly LinkedLogin[], info: RequestInfo): Promise<void> {
  const ids = removed.map(({ id }) => id);
  await tx.db.deleteFrom("identities").where("user_id", "=", account.id).where("id", "in", ids).execute();
  await tx.db.deleteFrom("sessions").where("user_id", "=", account.id).where("identity_id", "in", ids).execute();
  await rememberUnlinked(tx, account.id, removed);
  await takeMappedRoles(tx, account.id, removed, info);
  await afterChange(tx, account, removed);
}

/** Takes back what an intruder did since a security notice: identities that were linked or confirmed, and logins that wait to be linked. */
export async function takeBackIdentities(tx: Transaction, userId: string, since: number, info: RequestInfo): Promise<void> {
  const account = await lockAccount(tx, userId);
  if (!account) return;
  await endProofsOf(tx, userId, []);
  for (const { provider } of await removeIdentitiesSince(tx, account, { since, info }))
    await recordEvent(tx, userId, "provider-unlinked", info, { provider });
  await tx.db
    .updateTable("identities")
    .set({ confirmed_at: null })
    .where("user_id", "=", userId)
    .where("confirmed_at", ">=", since)
    .execute();
}
