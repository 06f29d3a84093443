/** Tells what was moved from what was changed. */

import type { Services } from "../../services.ts";
import { isSigned, linkText, type SealedRow, type Violation } from "./format.ts";

export interface Anomaly {
  readonly row: SealedRow;
  readonly what: Violation;
  /** What stands before it, where its link does not follow from that. */
  readonly previous?: string;
  /** What its record says now, where it is not what was sealed. */
  readonly facts?: string;
}

/** With more, what was moved is told as changed: each would have to be tried at each place. */
const maxTried = 100;

/** What is wrong with each; a seal that was only followed by a wrong one drops out. */
export function classify(s: Services, anomalies: readonly Anomaly[]): Anomaly[] {
  const facts = new Set(anomalies.filter((anomaly) => anomaly.facts !== undefined).map(({ row }) => row.facts));
  const unlinked = anomalies.filter(({ previous }) => previous !== undefined).slice(0, maxTried);
  const numbers = unlinked.map(({ row }) => row.number);
  const links = [...new Set(unlinked.flatMap(({ row, previous = "" }) => [row.link, previous]))];
  const placeOf = ({ row }: Anomaly) =>
    numbers.find((number) => links.some((link) => isSigned(s, row.key_id, linkText({ ...row, number }, link), row.link)));
  return anomalies.flatMap((anomaly) => {
    if (anomaly.facts !== undefined) return [{ ...anomaly, what: facts.has(anomaly.facts) ? "reordered" : anomaly.what }];
    if (anomaly.previous === undefined || !unlinked.includes(anomaly)) return [anomaly];
    const place = placeOf(anomaly);
    if (place === anomaly.row.number) return [];
    return [{ ...anomaly, what: place === undefined ? "changed" : "reordered" }];
  });
}
