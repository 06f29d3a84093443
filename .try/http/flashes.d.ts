import type { Context } from "./context.ts";
export type FlashKind = "success" | "info" | "warning" | "danger";
export interface Flash {
    readonly kind: FlashKind;
    /** A whole sentence. `{username}` stands for the visitor's name, so that no cookie carries it. */
    readonly text: string;
}
/** Shows a message on this answer's page, or where the answer is a redirect, on the next one. */
export declare function flash(c: Context, kind: FlashKind, text: string): void;
/** Sends the messages along with a redirect. */
export declare function keepFlashes(c: Context): void;
/** The messages to show on this page; they will not be shown again. */
export declare function takeFlashes(c: Context): readonly Flash[];
