/** Brings accounts of another application here, as often as one likes: what came before is known again. */
import { createHash, randomBytes, randomInt } from "node:crypto";
import { type Origin, recordEvent } from "../core/audit.ts";
import { hashPassword, hashScheme } from "../core/passwords.ts";
import { inTransaction, type Services } from "../core/services.ts";
import { createUser, emailKey, findUserByName, isEmail, usernameKey, usernameProblem } from "../core/users.ts";
import { type Converted, convert, type Format } from "./formats.ts";
import { type Application, type Found, readAccounts, type Shape } from "./shapes.ts";
import type { Source } from "./source.ts";

export interface Plan {
  readonly application: Application;
  readonly shape: Shape;
  readonly format: Format;
  /** Whether addresses count as proved: all, none, or those of which the application says so. */
  readonly confirmed: "all" | "none" | "source";
  readonly keepsIds: boolean;
  readonly isDry: boolean;
}

/** Why an account did not come along, or not whole. */
export type Trouble =
  | "address-not-valid"
  | "address-twice"
  | "address-taken"
  | "id-taken"
  | "id-not-valid"
  | "password-cut-off"
  | "password-not-understood"
  | "password-too-dear"
  | "password-plain-text"
  | "password-missing"
  | "name-changed";

export interface Report {
  read: number;
  imported: number;
  /** Came before, and had another password by now. */
  updated: number;
  /** Came before. */
  unchanged: number;
  skipped: number;
  /** How many hashes of each kind. */
  readonly hashes: Record<string, number>;
  /** How many accounts each trouble befell, and the first of their ids there. */
  readonly troubles: Partial<Record<Trouble, { count: number; ids: string[] }>>;
}

const idsShown = 20;

/** Reads all accounts and writes them here, or with `isDry` only says what would become of them. */
export async function moveIn(s: Services, source: Source, plan: Plan, by: Origin, onProgress: (read: number) => void): Promise<Report> {
  const report = emptyReport();
  const seen = new Set<string>();
  const nobodysHash = plan.isDry ? "" : await hashPassword(s, randomBytes(32).toString("base64url"));
  const tools = {
    hash: plan.isDry ? async () => anyHash : (text: string) => hashPassword(s, text),
    hasPepper: s.settings.importedPepper !== undefined,
  };
  for await (const batch of readAccounts(source, plan.shape)) {
    const known = await knownAmong(s, plan, batch);
    const prepare = async (found: Found) => {
      const before = known.get(idOf(plan, found));
      const isSame = before !== undefined && before.digest === digestOf(found);
      return { found, before, converted: isSame ? undefined : await convert(plan.format, found.hash, tools) };
    };
    // Hashed before the transaction: it must not be held open for that long. No more at once than are hashed at once, for the line
    // behind them is bounded.
    const prepared: Awaited<ReturnType<typeof prepare>>[] = [];
    for (let i = 0; i < batch.length; i += s.hasher.slots)
      prepared.push(...(await Promise.all(batch.slice(i, i + s.hasher.slots).map(prepare))));
    // A transaction may be tried again: what it found out counts once it is through.
    const work = async (tx: Services) => {
      const part = emptyReport();
      const met = new Set<string>();
      const isMet = (key: string) => seen.has(key) || met.has(key);
      for (const { found, before, converted } of prepared) {
        part[await takeOne(tx, { plan, report: part, by, nobodysHash, isMet }, found, before, converted)]++;
        met.add(emailKey(found.email)).add(nameKeyOf(found));
      }
      return { part, met };
    };
    const { part, met } = await (plan.isDry ? work(s) : inTransaction(s, work));
    add(report, part);
    for (const key of met) seen.add(key);
    report.read += batch.length;
    onProgress(report.read);
  }
  return report;
}

function emptyReport(): Report {
  return { read: 0, imported: 0, updated: 0, unchanged: 0, skipped: 0, hashes: {}, troubles: {} };
}

function add(report: Report, part: Report): void {
  for (const name of ["imported", "updated", "unchanged", "skipped"] as const) report[name] += part[name];
  for (const [kind, count] of Object.entries(part.hashes)) report.hashes[kind] = (report.hashes[kind] ?? 0) + count;
  for (const [trouble, { count, ids }] of Object.entries(part.troubles)) {
    const before = report.troubles[trouble as Trouble] ?? { count: 0, ids: [] };
    report.troubles[trouble as Trouble] = { count: before.count + count, ids: [...before.ids, ...ids].slice(0, idsShown) };
  }
}

/** Stands for a hash where none is made. */
const anyHash = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

interface Known {
  readonly userId: string;
  readonly digest: string;
  /** Whether the password is still the one that was brought along: its owner has neither logged in nor chosen another here. */
  readonly isUntouched: boolean;
}

async function knownAmong(s: Services, plan: Plan, batch: readonly Found[]): Promise<Map<string, Known>> {
  const ids = batch.map((found) => idOf(plan, found));
  const rows = await s.db
    .selectFrom("imports")
    .innerJoin("users", "users.id", "imports.user_id")
    .select(["imports.id", "user_id", "digest", "imported_at", "last_login_at", "password_changed_at"])
    .where("imports.id", "in", ids)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        userId: row.user_id,
        digest: row.digest,
        isUntouched: row.last_login_at === null && row.password_changed_at <= row.imported_at,
      },
    ]),
  );
}

function idOf({ application }: Plan, { id }: Found): string {
  return `${application}:${id}`;
}

function digestOf({ hash }: Found): string {
  return createHash("sha256").update(hash).digest("hex");
}

interface Work {
  readonly plan: Plan;
  readonly report: Report;
  readonly by: Origin;
  readonly nobodysHash: string;
  /** Whether another account there had this address, or this name, before. */
  readonly isMet: (key: string) => boolean;
}

async function takeOne(
  tx: Services,
  work: Work,
  found: Found,
  before: Known | undefined,
  converted: Converted | undefined,
): Promise<"imported" | "updated" | "unchanged" | "skipped"> {
  const { plan, report, nobodysHash } = work;
  if (!isEmail(found.email)) return skip(report, found, "address-not-valid");
  if (before === undefined && work.isMet(emailKey(found.email))) return skip(report, found, "address-twice");
  if (!converted) return "unchanged";
  report.hashes[converted.kind] = (report.hashes[converted.kind] ?? 0) + 1;
  if ("unusable" in converted) note(report, found, converted.unusable === "none" ? "password-missing" : `password-${converted.unusable}`);
  const stored = "stored" in converted ? converted.stored : nobodysHash;
  if (before) return (await update(tx, plan, before, found, stored)) ? "updated" : "unchanged";
  return plan.isDry ? judge(tx, work, found) : insert(tx, work, found, stored);
}

/** A password that was changed there since: taken over, unless it is the owner's business here by now. */
async function update(tx: Services, plan: Plan, before: Known, found: Found, stored: string): Promise<boolean> {
  if (plan.isDry || !before.isUntouched) return before.isUntouched;
  const { numUpdatedRows } = await tx.db
    .updateTable("users")
    .set({ password_hash: stored, hash_scheme: hashScheme(tx, stored) })
    .where("id", "=", before.userId)
    // Asked once more, of the row that is written: it may have happened since it was read.
    .where("last_login_at", "is", null)
    .where("password_changed_at", "<=", (query) =>
      query.selectFrom("imports").select("imported_at").where("imports.id", "=", idOf(plan, found)),
    )
    .executeTakeFirst();
  await tx.db
    .updateTable("imports")
    .set({ digest: digestOf(found) })
    .where("id", "=", idOf(plan, found))
    .execute();
  return numUpdatedRows === 1n;
}

/** What would become of an account, as far as that can be said without making it. */
async function judge(s: Services, { plan, report, isMet }: Work, found: Found): Promise<"imported" | "skipped"> {
  const taken = await s.db.selectFrom("users").select("id").where("email_key", "=", emailKey(found.email)).executeTakeFirst();
  if (taken) return skip(report, found, "address-taken");
  if (plan.keepsIds && !isId(found.id)) return skip(report, found, "id-not-valid");
  const isTaken = isMet(nameKeyOf(found)) || (await findUserByName(s, nameOf(found))) !== undefined;
  if (isTaken || nameOf(found) !== found.username) note(report, found, "name-changed");
  return "imported";
}

async function insert(tx: Services, { plan, report, by }: Work, found: Found, stored: string): Promise<"imported" | "skipped"> {
  if (plan.keepsIds && !isId(found.id)) return skip(report, found, "id-not-valid");
  const id = plan.keepsIds ? { id: found.id } : {};
  let username = nameOf(found);
  let made = await createUser(tx, { ...id, username, email: found.email, passwordHash: stored });
  if (!made.ok && made.taken.length === 1 && made.taken[0] === "username") {
    username = `${[...username].slice(0, 140).join("")}-${randomInt(100_000, 1_000_000)}`;
    made = await createUser(tx, { ...id, username, email: found.email, passwordHash: stored });
  }
  if (!made.ok) return skip(report, found, made.taken.includes("email") ? "address-taken" : "id-taken");
  const isConfirmed = plan.confirmed === "all" || (plan.confirmed === "source" && (found.isConfirmed ?? true));
  const now = tx.now();
  await tx.db
    .updateTable("users")
    .set({
      created_at: Math.min(found.createdAt ?? now, now),
      email_confirmed_at: isConfirmed ? now : null,
      disabled_at: found.isActive ? null : now,
      // What they were called there is what they go on being called.
      display_name: username === found.username || found.username.trim() === "" ? null : [...found.username.trim()].slice(0, 100).join(""),
    })
    .where("id", "=", made.user.id)
    .execute();
  await tx.db
    .insertInto("imports")
    .values({ id: idOf(plan, found), user_id: made.user.id, digest: digestOf(found), imported_at: now })
    .execute();
  await recordEvent(tx, made.user.id, "account-imported", by);
  if (username !== found.username) note(report, found, "name-changed");
  return "imported";
}

/** Whatever stands in an address of a page, and nothing that could be taken for something else. */
function isId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id);
}

/** The name, if it can be one here; else one as like it as can be, or one made of the address. */
function nameOf({ username, email }: Found): string {
  const candidates = [username, username, email.slice(0, email.lastIndexOf("@"))].map((text, i) =>
    i === 0
      ? text
      : text
          .trim()
          .normalize("NFC")
          .replaceAll(/[^\p{L}\p{M}\p{Nd}._-]+/gu, "-")
          .replaceAll(/^[-.]+|[-.]+$/g, ""),
  );
  const name = candidates.find((candidate) => usernameProblem(candidate) === undefined);
  return name ?? `user-${usernameKey(createHash("sha256").update(emailKey(email)).digest("hex").slice(0, 10))}`;
}

/** No address has a colon at its beginning, so names and addresses can be kept together. */
function nameKeyOf(found: Found): string {
  return `:${usernameKey(nameOf(found))}`;
}

function skip(report: Report, found: Found, trouble: Trouble): "skipped" {
  note(report, found, trouble);
  return "skipped";
}

function note({ troubles }: Report, { id }: Found, trouble: Trouble): void {
  const { count, ids } = troubles[trouble] ?? { count: 0, ids: [] };
  troubles[trouble] = { count: count + 1, ids: [...ids, id].slice(0, idsShown) };
}
