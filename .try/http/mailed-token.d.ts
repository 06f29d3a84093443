/** A token that came in a letter's link: it leaves the address bar at once, and waits in a cookie for the button. */
import type { TokenPurpose } from "../core/tokens.ts";
import type { Context } from "./context.ts";
/**
 * Where the address carries a token, a redirect to the same path without it; undefined where it does not.
 * The GET changes nothing, for mail scanners open links; the page it leads to has a button (ASVS 14.2.1).
 */
export declare function takeFromAddress(c: Context, purpose: TokenPurpose): Response | undefined;
/** The token that waits in this browser for this purpose. */
export declare function waitingToken(c: Context, purpose: TokenPurpose): string | undefined;
export declare function dropWaitingToken(c: Context): void;
