/** Defines the services that core functions share, what features declare to them, and transactions. */

import type { Selectable } from "kysely";
import type { Settings } from "../config/load.ts";
import type { Database } from "../db/database.ts";
import { DatabaseUnavailableError, isConflict } from "../db/errors.ts";
import type { Schema } from "../db/schema.ts";
import { type Durability, transact } from "../db/transaction.ts";
import type { WriteProbe } from "../db/write-probe.ts";
import type { MessageReference } from "../i18n/messages.ts";
import type { Translations } from "../i18n/translations.ts";
import type { BreachedPasswords } from "./credentials/password/breached.ts";
import type { CommonPasswords } from "./credentials/password/common.ts";
import type { HashQueue } from "./credentials/password/hash-queue.ts";
import type { Customization } from "./customization.ts";
import type { AppKeyring } from "./key-purposes.ts";
import type { Mailer } from "./mail/mailer.ts";
import type { TokenPurpose } from "./one-time-tokens/token-purpose.ts";
import type { PageRole } from "./page-role.ts";
import type { Places } from "./places.ts";
import type { RecoveryEmailOptions } from "./recovery-requester.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Method } from "./sessions/methods.ts";
import type { Logger, Telemetry } from "./telemetry.ts";

export interface Services {
  readonly settings: Settings;
  readonly custom: Customization;
  /** Messages in the languages of this app. */
  readonly translations: Translations;
  readonly db: Database;
  readonly writeProbe: WriteProbe;
  /** Undefined without a mail server: emails then stay on the mailbox page. */
  readonly mailer: Mailer | undefined;
  /** Emails kept for the mailbox page: when the latest was, or 0 once the page was opened. */
  readonly keptEmails: { latestAt: number };
  readonly commonPasswords: CommonPasswords;
  readonly breachedPasswords: BreachedPasswords;
  /** Cities and countries of IP addresses; none without `GEOIP_FILE`. */
  readonly places: Places;
  readonly hasher: HashQueue;
  readonly hashCost: HashCost;
  readonly keyring: AppKeyring;
  readonly log: Logger;
  /** Aborted at the start of a graceful shutdown, while requests are still served; undefined for commands and the library. */
  readonly leaving?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called with each audit event after its commit. */
  readonly onEvent?: ((event: CommittedEvent) => void) | undefined;
  /** Declarations of the features in use. */
  readonly catalog: Catalog;
  /** Runs at the end of each transaction, within it; an error rolls everything back. */
  readonly atCommit?: ((tx: Transaction) => Promise<void>) | undefined;
  /** Undefined without metrics and traces. */
  readonly telemetry?: Telemetry | undefined;
  /** Random bytes, see `createRandomSource`. */
  readonly random: (count: number) => Buffer;
  /** A time-ordered id (UUIDv7), see `createIdSource`. */
  readonly newId: () => string;
}

declare const inside: unique symbol;

/** Services inside a transaction. Only {@link inTransaction} makes one. */
export type Transaction = Services & { readonly [inside]: true };

/** Services outside a transaction: nested transactions would wait for their own lock. */
type Outside = Services & { readonly [inside]?: never };

/** Declarations of the features, collected from the feature list. */
export interface Catalog {
  readonly tokens: readonly TokenPurpose[];
  /** Audit events, each with the message that is shown for it. */
  readonly events: ReadonlyMap<string, MessageReference>;
  /** Kinds of email. */
  readonly emails: ReadonlyMap<string, EmailKind>;
  readonly jobs: readonly Job[];
  /** Checked in this order, inside the transaction of each sign-in. */
  readonly signInSteps: readonly SignInStep[];
  /** Factors that the step `two-factor` accepts. */
  readonly secondFactors: readonly SecondFactor[];
  /** Run by the report of a compromise. */
  readonly takeBack: readonly TakeBack[];
  /** Run after it, and after removed factors were restored. */
  readonly takeBackChoices: readonly TakeBack[];
  /** Kinds of credentials that log a user in. */
  readonly waysIn: readonly WayIn[];
  readonly pages: ReadonlyMap<PageRole, LinkedPage>;
  readonly exportData: readonly DataExport[];
  readonly eraseData: readonly DataErasure[];
  readonly accountRecovery?: AccountRecovery | undefined;
  readonly factorRecovery?: FactorRecovery | undefined;
  readonly securityNoticeLink?: SecurityNoticeLink | undefined;
  readonly newDeviceNotice?: NewDeviceNotice | undefined;
}

export interface LinkedPage {
  readonly path: string;
  /** Whether the page exists with these services; by default it does. */
  readonly isThere?: (s: Services) => boolean;
}

/** Path of the page with this role; undefined if no feature in use has one. */
export function pageWith(s: Services, role: PageRole): string | undefined {
  const page = s.catalog.pages.get(role);
  return page && (page.isThere?.(s) ?? true) ? page.path : undefined;
}

export interface EmailKind {
  /** Purpose of the token in it: with the token, the email expires, and a newer email of its kind supersedes it. */
  readonly expiresWith?: TokenPurpose;
}

/** A kind of credential that logs a user in by itself. */
export interface WayIn {
  readonly name: string;
  /** Returns how many of this user's credentials of the kind can log in now. */
  readonly count: (s: Services, userId: string) => Promise<number>;
  /** Whether it proves no more than the inbox of the account's email, such as an emailed code. */
  readonly isInbox?: true;
  /** Whether it is an account at another provider. */
  readonly isAtProvider?: true;
  /** Whether the site offers it; by default it does. */
  readonly isOffered?: (s: Services) => boolean;
}

/** Removes expired rows of tables that only one feature uses. */
export interface Job {
  readonly name: string;
  /** Removes up to `count` rows and resolves to how many it removed; runs every minute in every process. */
  readonly removeExpired: (s: Services, count: number) => Promise<number>;
}

/** A feature's part of the data export. */
export interface DataExport {
  /** Property of the exported object. */
  readonly name: string;
  /** Resolves to everything that is stored about the account, without secrets and hashes. */
  readonly read: (s: Services, userId: string) => Promise<object>;
}

/**
 * Erases a feature's data of deleted accounts, in the transaction of the deletion. Rows that reference `users` with `on delete cascade`
 * are gone already. Account enumeration: without an account it runs with the id "" (ASVS 6.3.8).
 */
export type DataErasure = (tx: Transaction, userIds: readonly string[]) => Promise<void>;

/** A step that can be due after the first authentication, such as a second factor. */
export interface SignInStep {
  /** In kebab case, as JSON responses name it. */
  readonly name: string;
  /** Page that continues the sign-in. */
  readonly path: string;
  /**
   * Returns the methods that the account accepts for this step: none if the account does not use it or `methods` include it. Runs inside the
   * transaction of the sign-in, so it may only run queries.
   */
  readonly due: (tx: Transaction, signingIn: SigningIn) => Promise<readonly Method[]>;
}

export interface SigningIn {
  readonly user: Selectable<Schema["users"]>;
  /** How the user has authenticated so far. */
  readonly methods: readonly Method[];
  readonly info: RequestInfo;
}

/** A second factor, such as an authenticator app. */
export interface SecondFactor {
  /** Returns the methods of this factor that the account can use now. */
  readonly enrolled: (s: Services, userId: string) => Promise<readonly Method[]>;
}

/** Removes what was added to an account since this time, in the transaction of the report that it was an intruder. */
export type TakeBack = (tx: Transaction, userId: string, since: number, info: RequestInfo) => Promise<void>;

/** Account recovery. Declared by one feature. */
/** Recovery of two-factor authentication by email: `pending` is when it can turn it off; `cancel` returns false if there was none. */
export interface FactorRecovery {
  readonly pending: (s: Services, userId: string) => Promise<number | undefined>;
  readonly cancel: (s: Services, userId: string, info: RequestInfo) => Promise<boolean>;
  /** After a login, or a use of a second factor: ends one that this has cancelled, and tells the owner. Locks the account first. */
  readonly endIfOver: (tx: Transaction, userId: string, info: RequestInfo) => Promise<void>;
}

export interface AccountRecovery {
  /** Page that requests the recovery email. */
  readonly path: string;
  readonly isAvailable: (s: Services) => boolean;
  /** Enqueues the email. Account enumeration by timing: for `undefined` it does the same work and sends nothing (ASVS 6.3.8). */
  readonly sendEmail: (
    tx: Transaction,
    user: RecoveringUser | undefined,
    info?: Pick<RequestInfo, "locale">,
    options?: RecoveryEmailOptions,
  ) => Promise<void>;
}

export interface RecoveringUser extends NotifiedUser {
  readonly password_hash: string | null;
  readonly compromised_at: number | null;
  readonly password_locked_at: number | null;
}

/** The columns of an account that a notice needs. */
interface NotifiedUser {
  readonly id: string;
  readonly username: string;
  readonly display_name: string | null;
  readonly email: string;
  readonly email_verified_at: number | null;
  readonly locale?: string | null | undefined;
}

/** Page of the account recovery; undefined if there is none. */
export function recoveryPath(s: Services): string | undefined {
  const { accountRecovery } = s.catalog;
  return accountRecovery?.isAvailable(s) ? accountRecovery.path : undefined;
}

/** Whether users can reset their password by email, as messages choose by it. */
export function resetsOf(s: Services): "on" | "off" {
  return recoveryPath(s) === undefined ? "off" : "on";
}

/** Link in the footer of each security notice, to report an unauthorized change. */
export interface SecurityNoticeLink {
  readonly text: MessageReference;
  readonly purpose: TokenPurpose;
}

/** Records a login from a new device and notifies the account's owner, in the transaction of the sign-in. */
export type NewDeviceNotice = (tx: Transaction, user: NotifiedUser, info: RequestInfo) => Promise<void>;

/** Cost of one Argon2id hash: memory in KiB, passes, lanes. */
export type HashCost = Readonly<Record<"memoryCost" | "timeCost" | "parallelism", number>>;

/** A committed audit event. */
export interface CommittedEvent {
  readonly event: string;
  /** Null without an account. */
  readonly userId: string | null;
  readonly at: number;
  readonly ip: string;
  readonly userAgent: string;
  /** How the user logged in, for `logged-in`. */
  readonly methods?: readonly Method[];
  /** ID in `PROVIDERS` of the provider that it was with. */
  readonly provider?: string | undefined;
}

const maxTries = 5;

/**
 * Runs `work` in one transaction, with queries only and through its `tx` only. A conflict with another transaction retries it, up to five
 * times.
 */
export function inTransaction<T>(
  s: Outside,
  work: (tx: Transaction) => Promise<T>,
  { durability }: { readonly durability?: Durability } = {},
): Promise<T> {
  // Relaxed transactions only store counters, so they do not claim the submitted form (`atCommit`).
  const run = durability === "relaxed" ? work : (tx: Transaction) => workAndCommit(tx, work);
  return untilNoConflict(() => emitAfterCommit(s, (inner) => transact(s.db, (db) => run(within(inner, db)), durability)));
}

function within(s: Services, db: Database): Transaction {
  return { ...s, db } as Transaction;
}

async function workAndCommit<T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const result = await work(tx);
  await tx.atCommit?.(tx);
  return result;
}

/** Emits events after the commit, and none after a rollback. */
async function emitAfterCommit<T>(s: Services, transact: (s: Services) => Promise<T>): Promise<T> {
  const { onEvent } = s;
  if (!onEvent) return transact(s);
  const happened: CommittedEvent[] = [];
  const result = await transact({ ...s, onEvent: (event) => happened.push(event) });
  for (const event of happened) onEvent(event);
  return result;
}

async function untilNoConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (tries === maxTries) throw new DatabaseUnavailableError("Too many concurrent changes to the same rows.", { cause: error });
    }
  }
}
