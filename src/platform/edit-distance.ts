/** Tells how near a slip is to a name. */

/** Levenshtein's: how many letters must be put in, taken out or replaced. */
export function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 4;
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const now = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      now.push(Math.min(replaced, (before[j] ?? 0) + 1, (now[j - 1] ?? 0) + 1));
    }
    before = now;
  }
  return before[b.length] ?? 0;
}

/** The name that was meant by a misspelt one, whatever its case; undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const far = (each: string) => editDistance(each.toLowerCase(), name.toLowerCase());
  const [first] = known.filter((each) => far(each) <= 2).sort((a, b) => far(a) - far(b));
  return first;
}
