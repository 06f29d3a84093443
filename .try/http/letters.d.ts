/** Posts letters on a flow's behalf: their links are built from BASE_URL, and every notice can be answered with "this wasn't me". */
import type { Origin } from "../core/audit.ts";
import type { Services } from "../core/services.ts";
import { type Token } from "../core/tokens.ts";
import { type LetterProps } from "../ui/letter.ts";
/** Whom a letter is for. `email` is the exact address that it goes to. */
export interface Addressee {
    readonly id: string;
    readonly username: string;
    readonly display_name: string | null;
    readonly email: string;
}
export type Words = Pick<LetterProps, "subject" | "paragraphs" | "code" | "action" | "after" | "footer">;
/** Posts a letter, in the transaction of what it tells. `id` is null where there is no such account any more. */
export declare function postWords(tx: Services, to: Omit<Addressee, "id"> & {
    readonly id: string | null;
}, words: Words): Promise<void>;
/** Posts a notice of something that was done to the account: what, when, from where, and what to do if it was somebody else. */
export declare function postNotice(tx: Services, to: Addressee, origin: Origin, words: Words): Promise<void>;
/** An address of this site with a token, for a letter. Never built from what a request says (host-header poisoning). */
export declare function linkTo({ settings }: Services, path: string, token: Token): string;
