/** What a setting can be: a number, a time, a budget, an address; and how near a slip is to a name. */
import ipaddr from "ipaddr.js";
import { z } from "zod";
/** A count over a time, such as ten in a minute. */
export interface Budget {
    readonly count: number;
    readonly perMs: number;
}
/** Addresses of proxies whose `X-Forwarded-For` is believed. */
export type ProxyRanges = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
export declare function wholeNumber(least: number, most: number): z.ZodType<number, string>;
export declare function duration(mostMs?: number): z.ZodType<number, string>;
/** The same, and `0` for no time at all. */
export declare function durationOrNone(): z.ZodType<number, string>;
export declare function isDatabaseUrl(text: string): boolean;
export declare function isSmtpUrl(text: string): boolean;
export declare function budget(): z.ZodType<Budget, string>;
export declare function asOrigin(text: string, context: z.RefinementCtx): string;
export declare function asRanges(text: string, context: z.RefinementCtx): ProxyRanges;
/** Levenshtein's: how many letters must be put in, taken out or replaced. */
export declare function distance(a: string, b: string): number;
