/** Distinguishes reordered audit events from changed ones. */

import type { Services } from "../../services.ts";
import { isSigned, linkText, type SealedRow, type Violation } from "./format.ts";

export interface Anomaly {
  readonly row: SealedRow;
  readonly violation: Violation;
  /** The actual previous link, if the seal does not follow from it. */
  readonly previous?: string;
  /** Hash of the event as it is now, if it differs from the sealed one. */
  readonly facts?: string;
}

/** Denial of service: above this number, reordered events are reported as changed, since each is tried at each place. */
const maxTried = 100;

/** Classifies each anomaly. A seal in its right place after an invalid one is dropped. */
export function classify(s: Services, anomalies: readonly Anomaly[]): Anomaly[] {
  const facts = new Set(anomalies.filter((anomaly) => anomaly.facts !== undefined).map(({ row }) => row.facts));
  const unlinked = anomalies.filter(({ previous }) => previous !== undefined).slice(0, maxTried);
  const numbers = unlinked.map(({ row }) => row.number);
  const links = [...new Set(unlinked.flatMap(({ row, previous = "" }) => [row.link, previous]))];
  const placeOf = ({ row }: Anomaly) =>
    numbers.find((number) => links.some((link) => isSigned(s, row.key_id, linkText({ ...row, number }, link), row.link)));
  return anomalies.flatMap((anomaly) => {
    if (anomaly.facts !== undefined) return [{ ...anomaly, violation: facts.has(anomaly.facts) ? "reordered" : anomaly.violation }];
    if (anomaly.previous === undefined || !unlinked.includes(anomaly)) return [anomaly];
    const place = placeOf(anomaly);
    if (place === anomaly.row.number) return [];
    return [{ ...anomaly, violation: place === undefined ? "changed" : "reordered" }];
  });
}
