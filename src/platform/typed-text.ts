/** Trims typed and pasted text, including invisible characters. */

/** Zero-width characters, bidi marks, soft hyphens, byte order marks and other default-ignorable code points (UAX 44). */
const invisible = /\p{Default_Ignorable_Code_Point}/u;
const blank = /^[\s\p{Default_Ignorable_Code_Point}]$/u;

export function hasInvisible(text: string): boolean {
  return invisible.test(text);
}

/** Trims white space and invisible characters, which pasting may add, at both ends. Inside the text they are kept for validation. */
export function trimTyped(text: string): string {
  const characters = [...text];
  let [start, end] = [0, characters.length];
  while (start < end && blank.test(characters[start] ?? "")) start++;
  while (end > start && blank.test(characters[end - 1] ?? "")) end--;
  return start === 0 && end === characters.length ? text : characters.slice(start, end).join("");
}
