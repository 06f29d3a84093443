import type { Origin } from "../core/audit.ts";
import type { ProxyRanges } from "../setting-kinds.ts";
import type { Context } from "./context.ts";
/** The caller's network: an IPv4 address, or the /64 that one IPv6 subscriber has whole (CVE-2026-45364). */
export declare function clientNetwork(c: Context): string;
/** Where a request comes from, for the record: the whole address, and what the browser calls itself. */
export declare function requestOrigin(c: Context): Origin;
/** The network of an address: IPv4 as it is, IPv6 by its /64. */
export declare function networkOf(socketAddress: string | undefined, forwardedFor: string | undefined, trusted: ProxyRanges): string;
