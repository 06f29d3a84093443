import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Page } from "../ui/page.ts";
import type { Context } from "./context.ts";
export interface ErrorAnswer {
    /** One word for programs, such as `login-required`. */
    readonly code: string;
    /** A sentence for people. */
    readonly message: string;
    readonly retryAfterSeconds?: number;
}
/** Whether the caller sent JSON or asks for nothing but JSON. */
export declare function wantsJson(c: Context): boolean;
/** The same to a person as a page and to a program as what the page knows. */
export declare function answerPage(c: Context, page: Page, status?: ContentfulStatusCode): Response;
export declare function answerJson(c: Context, body: object, status?: ContentfulStatusCode): Response;
/** A file of JSON to keep, sent piece by piece. Never shown in the browser, whatever stands in it (ASVS 3.2.1). */
export declare function answerFile(c: Context, name: string, pieces: AsyncIterable<string>): Response;
/** Sends the browser on to a path of this site, with a GET. */
export declare function go(c: Context, path: string): Response;
/** Tells what went wrong, as a page of its own or as JSON. */
export declare function answerError(c: Context, status: ContentfulStatusCode, error: ErrorAnswer): Response;
