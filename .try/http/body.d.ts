/** Reads what was sent, once, by one parser for each kind of content. */
import type { Context } from "./context.ts";
export declare const mostBodyBytes: number;
export type Body = {
    readonly ok: true;
    readonly fields: Readonly<Record<string, unknown>>;
} | {
    readonly ok: false;
};
/**
 * The fields of a form, or the members of a JSON object. A field that was sent twice becomes a list, which no rule accepts.
 * Any other kind of content has no fields, so the CSRF check refuses it. Not ok where the content is not what it says it is.
 */
export declare function readBody(c: Context): Promise<Body>;
