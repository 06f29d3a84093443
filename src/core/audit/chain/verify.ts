/** Finds what somebody changed, removed, moved or blanked in the record of what happened. It writes nothing. */
import { columns, columnsOf } from "../../../db/columns.ts";
import type { Services } from "../../services.ts";
import { clockSkewMs } from "../retention.ts";
import { type Anomaly, classify } from "./anomalies.ts";
import { type AuditRow, type Day, dayOf, dayText, erasureText, headText, isSigned, type SealedRow, type Violation } from "./format.ts";
import { verifyRecord } from "./verify-record.ts";

export interface AuditFinding {
  readonly day: string;
  /** Its place within the day; null where it has none, or where it is about the whole day. */
  readonly number: number | null;
  /** The record's id, where it is known. */
  readonly id: string | null;
  readonly what: Violation;
}

/** A day with what was the newest link of it, once. */
export interface KnownLink {
  readonly day: string;
  readonly hash: string;
}

export interface VerifyOptions {
  /** The first and the last day (UTC), both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Their days are looked at wherever they are. */
  readonly expect?: readonly KnownLink[];
  readonly onFinding: (finding: AuditFinding) => void;
  /** Told how many records were looked at, after each batch. */
  readonly onProgress?: (records: number) => void;
}

export interface Verified {
  readonly days: number;
  readonly records: number;
  readonly findings: number;
  /** The newest link there is, to be kept elsewhere; null where nothing was sealed yet. */
  readonly newest: KnownLink | null;
}

const perBatch = 500;
/** Sealing comes seconds after a record; a transaction may take its time, and a program may be down. */
const sealedWithinMs = 10 * 60_000;

interface Check {
  readonly s: Services;
  readonly options: VerifyOptions;
  readonly find: (finding: AuditFinding) => void;
  readonly missing: Map<string, string>;
  records: number;
}

/** Goes through days, seals and records in batches; while others seal, sweep and erase, it finds nothing that is none. */
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
    // The one that is gone has no name; it stood before this one.
    if (!isFollowing) find({ day: day.day, number: null, id: null, what: "removed" });
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
    const what = day === undefined ? "removed" : day.last_at <= until ? "cannot be checked" : "changed";
    find({ day: name, number: null, id: null, what });
  }
  const newest = days.at(-1);
  return { days: checked, records: check.records, findings, newest: newest ? { day: newest.day, hash: newest.last_link } : null };
}

function report({ find }: Check, { day }: Day, isGood: boolean | undefined): void {
  if (isGood === true) return;
  find({ day, number: null, id: null, what: isGood === false ? "changed" : "cannot be checked" });
}

function isWithin({ from, to }: VerifyOptions, day: string): boolean {
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}

/** Until when records were swept; 0 where that is not signed. Read after what it is to excuse. */
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
    // All of it is past its time, and may be gone, or going.
    if (day.last_at <= until) return;
    const erased = await readErased(s, rows);
    for (const row of rows) {
      // Sealed since the day was read.
      if (isNewest && row.number > day.count) continue;
      for (let gone = number + 1; gone < row.number; gone++) find({ day: day.day, number: gone, id: null, what: "removed" });
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
  for (let gone = number + 1; gone <= day.count; gone++) find({ day: day.day, number: gone, id: null, what: "removed" });
  for (const { row, what } of classify(s, anomalies)) find({ day: day.day, number: row.number, id: row.record_id, what });
  if (number > day.count && !isNewest) find({ day: day.day, number, id: null, what: "changed" });
}

/** In one statement, so that a seal and its record are of the same moment. */
async function readSeals(s: Services, { day }: Day, from: { number: number; id: string }): Promise<SealedRow[]> {
  const rows = await s.db
    .selectFrom("audit_seals as seal")
    .leftJoin("audit", "audit.id", "seal.record_id")
    .select(columnsOf("audit_seals", "seal"))
    .select(["audit.id", "audit.user_id", "audit.event", "audit.ip", "audit.user_agent", "audit.actor", "audit.sealed"])
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
  return rows.map(({ id, at, user_id, event, ip, user_agent, actor, sealed, ...seal }) => ({
    ...seal,
    record: id === null ? null : ({ id, user_id, event, ip, user_agent, actor, sealed, happened_at: at } as AuditRow),
  }));
}

/** Owners that are said, signed, to have been erased, with the last moment for which that holds. */
async function readErased(s: Services, rows: readonly SealedRow[]): Promise<Map<string, number>> {
  const owners = [...new Set(rows.flatMap(({ salt, owner }) => (salt === null && owner !== null ? [owner] : [])))];
  if (owners.length === 0) return new Map();
  const found = await s.db.selectFrom("audit_erasures").select(columns.audit_erasures).where("owner", "in", owners).execute();
  const signed = found.filter((erasure) => isSigned(s, erasure.key_id, erasureText(erasure), erasure.mac));
  return new Map(signed.map(({ owner, erased_at }) => [owner, erased_at + clockSkewMs]));
}

/** Seals of a day that is not there: somebody removed it. */
async function findStraySeals({ s, options, find }: Check): Promise<void> {
  let day = "";
  for (;;) {
    const next = await s.db.selectFrom("audit_seals").select("day").where("day", ">", day).orderBy("day").limit(1).executeTakeFirst();
    if (!next) return;
    ({ day } = next);
    const known = await s.db.selectFrom("audit_days").select("day").where("day", "=", day).executeTakeFirst();
    if (!known && isWithin(options, day)) find({ day, number: null, id: null, what: "removed" });
  }
}

/** Records without a seal: added by somebody, or never sealed because nothing runs that would. */
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
      // One that is said to be sealed and is not never will be.
      const isDue = sealed !== null || happened_at <= s.now() - sealedWithinMs;
      if (record_id === null && isDue && isWithin(options, day)) find({ day, number: null, id, what: "not sealed" });
    }
    after = rows.length < perBatch ? undefined : rows.at(-1)?.id;
  }
}
