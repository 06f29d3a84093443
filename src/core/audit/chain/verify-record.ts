/** Verifies one audit event against its seal. */

import type { Services } from "../../services.ts";
import type { Anomaly } from "./anomalies.ts";
import { type AuditRow, eventHash, isSigned, linkText, piiHash, type SealedRow } from "./format.ts";

interface ChainState {
  /** The previous link; null if that seal is missing. */
  readonly previous: string | null;
  /** Events until this instant were deleted by retention. */
  readonly until: number;
  readonly erased: ReadonlyMap<string, number>;
}

/** Returns no anomaly if the event is as it was sealed. */
export function verifyRecord(s: Services, row: SealedRow, { previous, until, erased }: ChainState): Anomaly[] {
  if (previous !== null) {
    const isGood = isSigned(s, row.key_id, linkText(row, previous), row.link);
    if (isGood === undefined) return [{ row, violation: "cannot be checked" }];
    if (!isGood) return [{ row, violation: "changed", previous }];
  }
  // Past retention: the event and the proof of its erasure may both be deleted.
  if (row.happened_at <= until) return [];
  const { record } = row;
  if (!record) return [{ row, violation: "removed" }];
  if (eventHash(record) !== row.facts) return [{ row, violation: "changed", facts: eventHash(record) }];
  if (row.salt !== null) {
    if (piiHash(row.salt, record) === row.personal) return [];
    return [{ row, violation: isBlank(record) ? "blanked" : "changed" }];
  }
  if (!isBlank(record)) return [{ row, violation: "changed" }];
  const isErased = row.owner !== null && row.happened_at <= (erased.get(row.owner) ?? -1);
  return isErased ? [] : [{ row, violation: "blanked" }];
}

/** Whether an erasure has blanked it. */
function isBlank({ user_id, ip, user_agent }: AuditRow): boolean {
  return user_id === null && ip === "" && user_agent === "";
}
