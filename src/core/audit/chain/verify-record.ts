/** Judges one record by its seal. */

import type { Services } from "../../services.ts";
import type { Anomaly } from "./anomalies.ts";
import { type AuditRow, eventHash, isSigned, linkText, piiHash, type SealedRow } from "./format.ts";

interface ChainState {
  /** The link before; null where it is not there to follow from. */
  readonly previous: string | null;
  /** Records until then were swept. */
  readonly until: number;
  readonly erased: ReadonlyMap<string, number>;
}

/** Nothing where it is as it was sealed; else what does not fit. */
export function verifyRecord(s: Services, row: SealedRow, { previous, until, erased }: ChainState): Anomaly[] {
  if (previous !== null) {
    const isGood = isSigned(s, row.key_id, linkText(row, previous), row.link);
    if (isGood === undefined) return [{ row, what: "cannot be checked" }];
    if (!isGood) return [{ row, what: "changed", previous }];
  }
  // Past its time: it may be there or not, and what speaks of its erasing may be gone.
  if (row.happened_at <= until) return [];
  const { record } = row;
  if (!record) return [{ row, what: "removed" }];
  if (eventHash(record) !== row.facts) return [{ row, what: "changed", facts: eventHash(record) }];
  if (row.salt !== null) {
    if (piiHash(row.salt, record) === row.personal) return [];
    return [{ row, what: isBlank(record) ? "blanked" : "changed" }];
  }
  if (!isBlank(record)) return [{ row, what: "changed" }];
  const isErased = row.owner !== null && row.happened_at <= (erased.get(row.owner) ?? -1);
  return isErased ? [] : [{ row, what: "blanked" }];
}

/** As erasing leaves it. */
function isBlank({ user_id, ip, user_agent }: AuditRow): boolean {
  return user_id === null && ip === "" && user_agent === "";
}
