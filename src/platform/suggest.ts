/** Suggests the known name that a misspelled one is closest to. */
import { distance } from "fastest-levenshtein";

/** The closest known name within `maxDistance` edits, ignoring case; undefined if there is none. */
export function suggest(name: string, known: readonly string[], maxDistance = 2): string | undefined {
  const edits = (each: string) => distance(each.toLowerCase(), name.toLowerCase());
  const [closest] = known.filter((each) => edits(each) <= maxDistance).sort((a, b) => edits(a) - edits(b));
  return closest;
}
