/** Exports audit events with their seals. */
import { columnsOf } from "../../db/columns.ts";
import type { Services } from "../services.ts";
import { dayOf } from "./chain/format.ts";

const perBatch = 500;

export interface ExportOptions {
  /** First and last day of the events (UTC), inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly userId?: string | undefined;
}

/** Yields events in id order, each with its seal; null if it is not sealed yet. */
export async function* exportAudit(s: Services, { from, to, userId }: ExportOptions) {
  let after = "";
  for (;;) {
    const rows = await s.db
      .selectFrom("audit")
      .leftJoin("audit_seals as seal", "seal.record_id", "audit.id")
      .select(columnsOf("audit"))
      .select(["seal.day", "seal.number", "seal.owner", "seal.facts", "seal.personal", "seal.salt", "seal.link", "seal.key_id"])
      .where("audit.id", ">", after)
      .$if(userId !== undefined, (query) => query.where("audit.user_id", "=", userId ?? ""))
      .orderBy("audit.id")
      .limit(perBatch)
      .execute();
    for (const { id, user_id, event, happened_at, ip, user_agent, actor, provider, sealed: _, key_id, ...seal } of rows) {
      const happenedOn = dayOf(happened_at);
      if ((from !== undefined && happenedOn < from) || (to !== undefined && happenedOn > to)) continue;
      const record = { id, event, at: happened_at, userId: user_id, ip, userAgent: user_agent, actor, provider };
      yield { ...record, seal: seal.link === null ? null : { ...seal, keyId: key_id } };
    }
    const last = rows.at(-1);
    if (!last || rows.length < perBatch) return;
    after = last.id;
  }
}
