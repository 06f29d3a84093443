/** Posts letters on a flow's behalf: their links are built from BASE_URL, and every notice can be answered with "this wasn't me". */
import type { Origin } from "../core/audit.ts";
import { canSendLetters, postLetter } from "../core/outbox.ts";
import type { Services } from "../core/services.ts";
import { issueToken, type Token } from "../core/tokens.ts";
import { instantInWords } from "../ui/instant.ts";
import { type LetterProps, letter } from "../ui/letter.ts";

/** Whom a letter is for. `email` is the exact address that it goes to. */
export interface Addressee {
  readonly id: string;
  readonly username: string;
  readonly display_name: string | null;
  readonly email: string;
}

export type Words = Pick<LetterProps, "subject" | "paragraphs" | "code" | "action" | "after" | "footer">;

/** Posts a letter, in the transaction of what it tells. `id` is null where there is no such account any more. */
export async function postWords(tx: Services, to: Omit<Addressee, "id"> & { readonly id: string | null }, words: Words): Promise<void> {
  // Where nothing can be sent, nothing piles up.
  if (!canSendLetters(tx)) return;
  const name = to.display_name ?? to.username;
  await postLetter(tx, to.id, { to: to.email, ...letter({ siteName: tx.settings.siteName, name, ...words }) });
}

/** Posts a notice of something that was done to the account: what, when, from where, and what to do if it was somebody else. */
export async function postNotice(tx: Services, to: Addressee, origin: Origin, words: Words): Promise<void> {
  const { token } = await issueToken(tx, { purpose: "not-me", userId: to.id, email: to.email });
  await postWords(tx, to, {
    ...words,
    paragraphs: [...words.paragraphs, `It was done on ${instantInWords(tx.now())}, from the address ${origin.address}.`],
    footer: { text: "This wasn’t me", url: linkTo(tx, "/not-me", token) },
  });
}

/** An address of this site with a token, for a letter. Never built from what a request says (host-header poisoning). */
export function linkTo({ settings }: Services, path: string, token: Token): string {
  return `${settings.baseUrl}${path}?token=${token}`;
}
