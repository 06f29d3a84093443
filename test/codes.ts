/** Six-digit codes in tests. Whatever happens by chance once in a million times fails a run some day. */
import type { TestApp } from "./person.ts";

/** Six digits that are none of these codes. */
export function wrongDigits(...right: readonly string[]): string {
  for (let i = 0; ; i++) {
    const digits = String(i).padStart(6, "0");
    if (!right.includes(digits)) return digits;
  }
}

/** Whether a text has the code by itself, and not as a part of a longer number, ID or token, which it is by chance. */
export function namesCode(text: string, code: string): boolean {
  return new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(text);
}

/** Lets none of the codes that were sent be right, also those of which an email does not tell. */
export async function endCodes({ s }: Pick<TestApp, "s">): Promise<void> {
  const unmatched = { code_hash: s.keyring.hash("code", "no code") };
  await s.db.updateTable("one_time_tokens").set(unmatched).where("code_hash", "is not", null).execute();
  await s.db.updateTable("email_logins").set(unmatched).where("code_hash", "is not", null).execute();
}
