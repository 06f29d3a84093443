/** Verifies the audit chain; read-only. */
import { columns, columnsOf } from "../../../db/columns.ts";
import type { Services } from "../../services.ts";
import { clockSkewMs } from "../retention.ts";
import { type Anomaly, classify } from "./anomalies.ts";
import { type AuditRow, type Day, dayOf, dayText, erasureText, headText, isSigned, type SealedRow, type Violation } from "./format.ts";
import { verifyRecord } from "./verify-record.ts";

export interface AuditFinding {
  readonly day: string;
  /** Its number within the day; null if it has none, or if the finding is about the whole day. */
  readonly number: number | null;
  /** Id of the event, if known. */
  readonly id: string | null;
  readonly violation: Violation;
}

/** A day and its last link when an earlier verification ran; stored outside of the database. */
export interface Checkpoint {
  readonly day: string;
  readonly hash: string;
}

export interface VerifyOptions {
  /** First and last day (UTC), inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Checkpoints that must be in the chain; their days are verified even outside the range. */
  readonly expect?: readonly Checkpoint[];
  readonly onFinding: (finding: AuditFinding) => void;
  /** Called after each batch with the number of events verified. */
  readonly onProgress?: (records: number) => void;
}

export interface Verified {
  readonly days: number;
  readonly records: number;
  readonly findings: number;
  /** The checkpoint to store elsewhere; null if nothing is sealed. */
  readonly newest: Checkpoint | null;
}

const perBatch = 500;
/** An event is sealed within seconds; allows for long transactions and restarts. */
const sealedWithinMs = 10 * 60_000;

interface Check {
  readonly s: Services;
  readonly options: VerifyOptions;
  readonly find: (finding: AuditFinding) => void;
  readonly missing: Map<string, string>;
  records: number;
}

/** Verifies days, seals and events in batches. Concurrent sealing, retention and erasure cause no findings. */
export async function verifyAudit(s: Services, options: VerifyOptions): Promise<Verified> {
  let findings = 0;
  const find = (finding: AuditFinding) => {
    findings += 1;
    options.onFinding(finding);
  };
  const check: Check = { s, options, find, records: 0, missing: new Map((options.expect ?? []).map(({ day, hash }) => [hash, day])) };
  const days = await s.db.selectFrom("audit_days").select(columns.audit_days).orderBy("number").execute();
  let [checked, number, previous] = [0, 0, ""];
  for (const day of days) {
    const isFollowing = day.number === number + 1;
    // The missing day is unknown, so the day after it is reported.
    if (!isFollowing) find({ day: day.day, number: null, id: null, violation: "removed" });
    if (isFollowing) report(check, day, isSigned(s, day.key_id, dayText(day, previous), day.mac));
    if (day.last_link !== "" && check.missing.get(day.last_link) === day.day) check.missing.delete(day.last_link);
    if (isWithin(options, day.day) || options.expect?.some((known) => known.day === day.day)) {
      await verifyDay(check, day, { previous, isNewest: day === days.at(-1) });
      checked += 1;
    }
    [number, previous] = [day.number, day.mac];
  }
  await findStraySeals(check);
  await findUnsealed(check);
  const until = await sweptUntil(s);
  for (const name of check.missing.values()) {
    const day = days.find((each) => each.day === name);
    const violation = day === undefined ? "removed" : day.last_at <= until ? "cannot be checked" : "changed";
    find({ day: name, number: null, id: null, violation });
  }
  const newest = days.at(-1);
  return { days: checked, records: check.records, findings, newest: newest ? { day: newest.day, hash: newest.last_link } : null };
}

function report({ find }: Check, { day }: Day, isGood: boolean | undefined): void {
  if (isGood === true) return;
  find({ day, number: null, id: null, violation: isGood === false ? "changed" : "cannot be checked" });
}

function isWithin({ from, to }: VerifyOptions, day: string): boolean {
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}

/** Cutoff of retention; 0 if its signature is invalid. Read it after the events, which a concurrent cleanup may delete. */
async function sweptUntil(s: Services): Promise<number> {
  const head = await s.db.selectFrom("audit_head").select(columns.audit_head).where("id", "=", "head").executeTakeFirst();
  return head && isSigned(s, head.key_id, headText(head), head.mac) ? head.swept_until : 0;
}

async function verifyDay(check: Check, day: Day, { previous, isNewest }: { previous: string; isNewest: boolean }): Promise<void> {
  const { s, find } = check;
  const anomalies: Anomaly[] = [];
  let [number, link] = [0, previous];
  const from = { number: 0, id: "" };
  for (;;) {
    const rows = await readSeals(s, day, from);
    const until = await sweptUntil(s);
    // All events of the day are past retention, so its seals may be missing.
    if (day.last_at <= until) return;
    const erased = await readErased(s, rows);
    for (const row of rows) {
      // Skips events that were sealed after the day was read.
      if (isNewest && row.number > day.count) continue;
      for (let removed = number + 1; removed < row.number; removed++)
        find({ day: day.day, number: removed, id: null, violation: "removed" });
      const follows = row.number === number + 1;
      if (check.missing.get(row.link) === day.day) check.missing.delete(row.link);
      anomalies.push(...verifyRecord(s, row, { previous: follows ? link : null, until, erased }));
      number = Math.max(number, row.number);
      link = row.link;
    }
    check.records += rows.length;
    check.options.onProgress?.(check.records);
    const last = rows.at(-1);
    if (!last || rows.length < perBatch) break;
    from.number = last.number;
    from.id = last.record_id;
  }
  for (let removed = number + 1; removed <= day.count; removed++) find({ day: day.day, number: removed, id: null, violation: "removed" });
  for (const { row, violation } of classify(s, anomalies)) find({ day: day.day, number: row.number, id: row.record_id, violation });
  if (number > day.count && !isNewest) find({ day: day.day, number, id: null, violation: "changed" });
}

/** One statement: an event and its seal are read at the same moment. */
async function readSeals(s: Services, { day }: Day, from: { number: number; id: string }): Promise<SealedRow[]> {
  const rows = await s.db
    .selectFrom("audit_seals as seal")
    .leftJoin("audit", "audit.id", "seal.record_id")
    .select(columnsOf("audit_seals", "seal"))
    .select(["audit.id", "audit.user_id", "audit.event", "audit.ip", "audit.user_agent", "audit.actor", "audit.provider", "audit.sealed"])
    .select("audit.happened_at as at")
    .where("seal.day", "=", day)
    .where((where) =>
      where.or([
        where("seal.number", ">", from.number),
        where.and([where("seal.number", "=", from.number), where("seal.record_id", ">", from.id)]),
      ]),
    )
    .orderBy("seal.number")
    .orderBy("seal.record_id")
    .limit(perBatch)
    .execute();
  return rows.map(({ id, at, user_id, event, ip, user_agent, actor, provider, sealed, ...seal }) => ({
    ...seal,
    record: id === null ? null : ({ id, user_id, event, ip, user_agent, actor, provider, sealed, happened_at: at } as AuditRow),
  }));
}

/** Owner hashes with a signed proof of erasure, and the instant until which it holds. */
async function readErased(s: Services, rows: readonly SealedRow[]): Promise<Map<string, number>> {
  const owners = [...new Set(rows.flatMap(({ salt, owner }) => (salt === null && owner !== null ? [owner] : [])))];
  if (owners.length === 0) return new Map();
  const found = await s.db.selectFrom("audit_erasures").select(columns.audit_erasures).where("owner", "in", owners).execute();
  const signed = found.filter((erasure) => isSigned(s, erasure.key_id, erasureText(erasure), erasure.mac));
  return new Map(signed.map(({ owner, erased_at }) => [owner, erased_at + clockSkewMs]));
}

/** Finds seals of a deleted day. */
async function findStraySeals({ s, options, find }: Check): Promise<void> {
  let day = "";
  for (;;) {
    const next = await s.db.selectFrom("audit_seals").select("day").where("day", ">", day).orderBy("day").limit(1).executeTakeFirst();
    if (!next) return;
    ({ day } = next);
    const known = await s.db.selectFrom("audit_days").select("day").where("day", "=", day).executeTakeFirst();
    if (!known && isWithin(options, day)) find({ day, number: null, id: null, violation: "removed" });
  }
}

/** Finds events without a seal: inserted by an attacker, or not sealed in time because no process runs. */
async function findUnsealed({ s, options, find }: Check): Promise<void> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const rows: { id: string; happened_at: number; sealed: number | null; record_id: string | null }[] = await s.db
      .selectFrom("audit")
      .leftJoin("audit_seals", "record_id", "id")
      .select(["id", "audit.happened_at", "sealed", "record_id"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(perBatch)
      .execute();
    for (const { id, happened_at, sealed, record_id } of rows) {
      const day = dayOf(happened_at);
      // An event marked as sealed without a seal will never get one.
      const isDue = sealed !== null || happened_at <= s.now() - sealedWithinMs;
      if (record_id === null && isDue && isWithin(options, day)) find({ day, number: null, id, violation: "not sealed" });
    }
    after = rows.length < perBatch ? undefined : rows.at(-1)?.id;
  }
}
