/** Our cookies: what they are called, how long they live, and how what they carry is signed. */
import type { Purpose, Signer } from "../core/signing.ts";
import type { Context } from "./context.ts";
export type CookieName = "session" | "csrf" | "flash" | "device" | "flow" | "browser";
/** The value of a cookie of ours, or undefined where it is missing or stands there twice (cookie tossing). */
export declare function readCookie(c: Context, name: CookieName): string | undefined;
/** Sets a cookie that scripts cannot read. With `maxAgeSeconds` it outlives the browser. */
export declare function writeCookie(c: Context, name: CookieName, value: string, maxAgeSeconds?: number): void;
export declare function dropCookie(c: Context, name: CookieName): void;
/** `text` and its signature as one cookie-safe word. */
export declare function seal(signer: Signer, purpose: Purpose, text: string): string;
/** What was sealed for the same purpose, or undefined where a single bit differs. */
export declare function unseal(signer: Signer, purpose: Purpose, sealed: string | undefined): string | undefined;
