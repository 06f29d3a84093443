/** Changing an account's address: asked for, proved by the new mailbox, and for three days undone by the old one. */
import { type Origin } from "./audit.ts";
import { type CredentialRefusal } from "./credentials.ts";
import { type Services } from "./services.ts";
import { type Visitor } from "./sessions.ts";
import { type Token, type TokenRow } from "./tokens.ts";
import { type UserRow } from "./users.ts";
/**
 * For "this wasn't me": restores the address that the account had before all changes that can still be undone, and gives it.
 * It is the oldest, for whoever took an account over can change the address twice. `proven` is the address that the button's
 * letter was mailed to. Undefined, and nothing is done, where there is no such change or somebody else has the address by now.
 * Sessions, tokens, record and letters are the caller's.
 */
export declare function undoEmailChange(tx: Services, userId: string, proven: string): Promise<string | undefined>;
/** The change that waits for its new mailbox, if there is one. */
export declare function findPendingChange(s: Services, userId: string): Promise<TokenRow | undefined>;
/** How the new mailbox was proved: by the digits, in the browser that asked, or by the link, wherever the account is logged in. */
export type Proof = {
    readonly browser: string;
    readonly code: string;
} | {
    readonly token: string;
};
/** `dead`: the code or link is not, or no longer, good for this account. `taken`: the address is somebody else's by now. */
export type EmailChange = {
    readonly ok: true;
    readonly change: EmailChanged;
} | {
    readonly ok: false;
    readonly reason: CredentialRefusal | "dead" | "taken";
};
export interface EmailChanged {
    readonly was: UserRow;
    readonly user: UserRow;
    /** For the link in the letter to the old address. */
    readonly undo: Token;
}
interface Confirmation {
    readonly visitor: Visitor;
    readonly proof: Proof;
    readonly origin: Origin;
    /** Posts the letters, in the same transaction. */
    readonly tell: (tx: Services, change: EmailChanged) => Promise<void>;
}
/** Changes the address to the one that the code or link was sent to. Ends the account's other sessions and the links in older letters. */
export declare function confirmEmailChange(s: Services, asked: Confirmation): Promise<EmailChange>;
interface Wanted {
    readonly userId: string;
    readonly email: string;
    /** What the browser that asks is called for this account: the digits are good in no other. */
    readonly browser: string;
    readonly origin: Origin;
}
/** Issues the code and the link for a new address. A change that waited until now is over. */
export declare function askEmailChange(tx: Services, { userId, email, browser, origin }: Wanted): Promise<{
    token: Token;
    code: string;
}>;
export type EmailUndone = {
    readonly ok: true;
    readonly was: UserRow;
    readonly email: string;
} | {
    readonly ok: false;
    readonly reason: "dead" | "taken";
};
/**
 * Restores the address that the link was mailed to, and ends the account's sessions and tokens. Links of earlier addresses live
 * on, or who took an account over could change the address twice, and undo the second change to be rid of the owner's link.
 */
export declare function redeemUndo(tx: Services, token: string, origin: Origin): Promise<EmailUndone>;
export {};
