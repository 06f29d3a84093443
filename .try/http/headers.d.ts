/** What every answer tells the browser to do and not to do, and what one answer adds to it. */
import type { Services } from "../core/services.ts";
import type { Context } from "./context.ts";
type Body = string | Uint8Array<ArrayBuffer> | ReadableStream | null;
export type HeaderRecord = Readonly<Record<string, string>>;
/** Made once: to set thirteen headers on each answer takes longer than to render it. */
export interface SafetyHeaders {
    readonly usual: HeaderRecord;
    /** For pages whose address may have held a token (ASVS 14.2.1). */
    readonly noReferrer: HeaderRecord;
    /** The usual ones of a page, whole. */
    readonly page: HeaderRecord;
}
export declare function safetyHeaders({ settings }: Services): SafetyHeaders;
/** No answer of ours is anybody else's: a shared computer's back button and every proxy in between keep none (ASVS 14.3.2). */
export declare const noStore: HeaderRecord;
/** Adds a header to the answer to come. One that is there already is there twice then, as cookies are. */
export declare function addHeader(c: Context, name: string, value: string): void;
/** An answer with our headers and its own. Every answer of ours is made here. */
export declare function respond(c: Context, body: Body, status: number, own?: HeaderRecord): Response;
/** The same for a page, with nothing to put together where nothing was added. */
export declare function respondWithPage(c: Context, html: string, status: number): Response;
export {};
