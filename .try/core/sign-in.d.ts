/** The one door: every way of proving who one is ends here, and no session begins anywhere else. */
import { type Origin } from "./audit.ts";
import { type TakenAttempt } from "./limits.ts";
import { type Services } from "./services.ts";
import { type Session, type SessionToken, type Visitor } from "./sessions.ts";
import { type UserRow } from "./users.ts";
export interface Proof {
    readonly user: UserRow;
    /** The hash to keep from now on, where the stored one is foreign or weaker than today's. */
    readonly upgradedHash?: string | undefined;
    /** The attempt that this was counted as: a login that succeeds is not a failure. */
    readonly attempt: TakenAttempt;
}
export interface Wish {
    readonly remember: boolean;
    readonly origin: Origin;
    /** The session this browser had until now; it ends (session fixation, ASVS 7.2.4). */
    readonly replaces?: Pick<Session, "tokenHash"> | undefined;
}
/** The visitor as whom the browser goes on, and the token for its cookie. */
export interface SignedIn extends Visitor {
    readonly token: SessionToken;
}
/** `changed`: the password was changed, or the account removed, since it was checked. `unconfirmed`: the address must be confirmed first. */
export type SignIn = ({
    readonly ok: true;
} & SignedIn) | {
    readonly ok: false;
    readonly reason: "changed" | "unconfirmed";
};
/** Begins a session with a new token, in one transaction with everything else that a login changes. */
export declare function signIn(s: Services, proof: Proof, wish: Wish): Promise<SignIn>;
/**
 * Gives a session that has just proved its password a new token (ASVS 7.2.4), within the caller's transaction. Undefined where
 * it has ended in the meantime.
 */
export declare function renewSession(tx: Services, { session, user }: Visitor, attempt: TakenAttempt): Promise<SignedIn | undefined>;
