/** Decides who must use two-factor authentication, and from when. */
import type { PolicyGroup } from "../../config/sections/two-factor.ts";
import { insertIfAbsent } from "../../db/statements.ts";
import { type LazyOpened, lazy } from "../../platform/lazy.ts";
import { hasEventSince } from "../audit/log.ts";
import { isAhead } from "../clock-skew.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";
import type { User } from "../users/user.ts";

/** An account that must turn two-factor authentication on. */
export interface Enrolment {
  /** End of the grace time. */
  readonly until: number;
  /** Whether the grace time is over: its sessions can only enrol. */
  readonly isOver: boolean;
  /** Whether such a session may correct an email that is not verified. */
  readonly mayCorrectEmail: boolean;
}

type Covered = Pick<User, "roles">;

/** Whether the policy (`TWO_FACTOR`) covers an account. */
export function isCovered(s: Services, user: Covered): boolean {
  return s.settings.twoFactor.some((group) => covers(group, user));
}

/** Whether an account may turn two-factor authentication off, or remove its last factor. */
export function mayTurnOff(s: Services, user: Covered): boolean {
  return !isCovered(s, user);
}

/** Undefined for an account that the policy does not cover, or that uses two-factor authentication. */
export async function enrolmentOf(s: Services, user: User): Promise<Enrolment | undefined> {
  if (user.twoFactorSince !== null) return undefined;
  if (!isCovered(s, user)) return undefined;
  const starts = [...(await startsOf(s).get())].flatMap(([group, since]) => (covers(group, user) ? since : []));
  const since = starts.length === 0 ? s.now() : Math.min(...starts);
  const createdAt = isAhead(s, user.createdAt) ? since : user.createdAt;
  const until = Math.max(since, createdAt) + s.settings.twoFactorGraceMs;
  const mayCorrectEmail = user.emailVerifiedAt === null && (await hasSignedUp(s, user.id));
  return { until, isOver: s.now() >= until, mayCorrectEmail };
}

/**
 * Stolen password: the email that an administrator or the app before has given is the only thing that a thief who would enrol does not have.
 * Only who has signed up here may have mistyped it.
 */
async function hasSignedUp(s: Services, userId: string): Promise<boolean> {
  const imported = await s.db.selectFrom("imports").select("user_id").where("user_id", "=", userId).limit(1).executeTakeFirst();
  return imported === undefined && !(await hasEventSince(s, userId, "account-created-by-admin", 0));
}

function covers(group: PolicyGroup, { roles }: Covered): boolean {
  return group === "all" || roles.includes(group.slice("role:".length));
}

/** Names of the stored facts begin with this; a group of accounts follows. `forgetPolicy` deletes them. */
const policyFacts = "two-factor ";

type Starts = ReadonlyMap<PolicyGroup, number>;

const opened = new WeakMap<Services["settings"], LazyOpened<Starts>>();

/** Read once per process: a changed policy is a restart. */
function startsOf(s: Services): LazyOpened<Starts> {
  const known = opened.get(s.settings) ?? lazy(() => inTransaction(s, syncStarts));
  opened.set(s.settings, known);
  return known;
}

/** Stores the start of the policy with the start of the process, and not with the first visit. */
export async function storePolicyStart(s: Services): Promise<void> {
  await startsOf(s).get();
}

/**
 * Stores since when each group is covered, and forgets groups that no longer are. A group that was covered as part of all accounts keeps
 * their start; a wider policy starts anew for the accounts that it adds, so groups of before stay stored beside all accounts.
 */
async function syncStarts(tx: Transaction): Promise<Starts> {
  const groups = tx.settings.twoFactor;
  const before = await withoutAhead(tx, await readStarts(tx));
  const added = groups.filter((group) => !before.has(group));
  const ended = groups.includes("all") ? [] : [...before.keys()].filter((group) => !groups.includes(group));
  const since = before.get("all") ?? tx.now();
  // Race: of two processes that start at once, one stores the time.
  for (const group of added) await insertIfAbsent(tx.db, "site_facts", { name: factName(group), value: "required", since });
  if (ended.length > 0) await tx.db.deleteFrom("site_facts").where("name", "in", ended.map(factName)).execute();
  return added.length + ended.length === 0 ? before : readStarts(tx);
}

/** Clock skew: a start that was stored by a clock that was ahead would put the policy off until then, so it starts now. */
async function withoutAhead(tx: Transaction, starts: Starts): Promise<Starts> {
  const ahead = [...starts].filter(([, since]) => isAhead(tx, since)).map(([group]) => group);
  if (ahead.length === 0) return starts;
  await tx.db.deleteFrom("site_facts").where("name", "in", ahead.map(factName)).execute();
  return new Map([...starts].filter(([group]) => !ahead.includes(group)));
}

async function readStarts(tx: Transaction): Promise<Starts> {
  const rows = await tx.db.selectFrom("site_facts").select(["name", "since"]).where("name", "like", `${policyFacts}%`).execute();
  return new Map(rows.map(({ name, since }) => [name.slice(policyFacts.length) as PolicyGroup, since]));
}

function factName(group: PolicyGroup): string {
  return policyFacts + group;
}
