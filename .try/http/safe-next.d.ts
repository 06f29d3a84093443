/** Where to go after a login: only ever a path of this site. */
/**
 * The path to go on to, or the dashboard where `next` is missing or could lead off the site (open redirect, ASVS 3.7.2).
 * What it gives is the path as the URL parser wrote it anew, not as it was typed.
 */
export declare function safeNext(next: unknown): string;
