/** Cleans what people type or paste: the characters that nobody sees at either end. */

/** Zero-width characters, bidi marks, soft hyphens, byte order marks and their like: nothing to the eye (UAX 44). */
const invisible = /\p{Default_Ignorable_Code_Point}/u;
const blank = /^[\s\p{Default_Ignorable_Code_Point}]$/u;

export function hasInvisible(text: string): boolean {
  return invisible.test(text);
}

/** Takes white space and invisible characters off both ends, which a paste brings along. Inside they stay, to be refused. */
export function trimTyped(text: string): string {
  const characters = [...text];
  let [start, end] = [0, characters.length];
  while (start < end && blank.test(characters[start] ?? "")) start++;
  while (end > start && blank.test(characters[end - 1] ?? "")) end--;
  return start === 0 && end === characters.length ? text : characters.slice(start, end).join("");
}
