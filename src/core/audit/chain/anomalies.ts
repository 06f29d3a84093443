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
const mostTried = 100;

/** What is wrong with each; a seal that was only followed by a wrong one drops out. */
export function classify(s: Services, misfits: readonly Anomaly[]): Anomaly[] {
  const facts = new Set(misfits.filter((misfit) => misfit.facts !== undefined).map(({ row }) => row.facts));
  const unlinked = misfits.filter(({ previous }) => previous !== undefined).slice(0, mostTried);
  const numbers = unlinked.map(({ row }) => row.number);
  const links = [...new Set(unlinked.flatMap(({ row, previous = "" }) => [row.link, previous]))];
  const placeOf = ({ row }: Anomaly) =>
    numbers.find((number) => links.some((link) => isSigned(s, row.key_id, linkText({ ...row, number }, link), row.link)));
  return misfits.flatMap((misfit) => {
    if (misfit.facts !== undefined) return [{ ...misfit, what: facts.has(misfit.facts) ? "reordered" : misfit.what }];
    if (misfit.previous === undefined || !unlinked.includes(misfit)) return [misfit];
    const place = placeOf(misfit);
    if (place === misfit.row.number) return [];
    return [{ ...misfit, what: place === undefined ? "changed" : "reordered" }];
  });
}
