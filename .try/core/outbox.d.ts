/** Letters on their way: written in the transaction of what they tell, sent by whichever process comes first. */
import type { Letter } from "./mailer.ts";
import type { Services } from "./services.ts";
/** Whether a letter would reach anybody: by a mail server, or outside of production by the mailbox page. */
export declare function canSendLetters({ settings }: Services): boolean;
/**
 * Puts a letter into the outbox, encrypted: whoever reads the database reads no link. It goes out after the commit.
 * One to nobody, whose `to` is empty, is written at the same cost and never sent (ASVS 6.3.8).
 */
export declare function postLetter(tx: Services, userId: string | null, letter: Letter): Promise<void>;
/** Sends what is due, until nothing is or until it is told to stop. Gives how many went out. */
export declare function sendDueLetters(s: Services, stopping?: AbortSignal): Promise<number>;
/** The letters that are kept because there is no mail server, newest first; for development's mailbox. */
export declare function listKeptLetters(s: Services): Promise<(Letter & {
    readonly at: number;
})[]>;
/** What an account's letters on their way are about; the rest could open it. */
export declare function listLetters(s: Services, userId: string): Promise<{
    subject: string | null;
    createdAt: number;
    failedAt: number | null;
}[]>;
