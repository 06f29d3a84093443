/** Finds the client's IP behind trusted proxies. */
import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import type { ProxyRanges } from "../../config/parsers.ts";
import type { RequestInfo } from "../../core/request-info.ts";
import type { Context, Env } from "../context.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** The IP of the TCP peer; undefined if the app is called as a function, without a socket. */
export function peerIp(c: Context): string | undefined {
  const bindings = c.env as Env["Bindings"] | undefined;
  return bindings?.incoming?.socket.remoteAddress;
}

/** The client's IP and the network that rate limits count: the IPv4, or the IPv6 /64 of one subscriber (CVE-2026-45364). */
export function clientIp(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: ProxyRanges,
): Pick<RequestInfo, "ip" | "network"> {
  // Faster for most requests without a proxy.
  if (forwardedFor === undefined && peer !== undefined && isIPv4(peer)) return { ip: peer, network: peer };
  const found = findClient(peer, forwardedFor, trusted);
  if (!found) return { ip: "unknown", network: "unknown" };
  const ip = found.toString();
  return { ip, network: found.kind() === "ipv4" ? ip : `${found.toByteArray().slice(0, 8).join(".")}/64` };
}

/** Whether the TCP peer is a trusted proxy. */
export function isTrustedPeer(peer: string, trusted: ProxyRanges): boolean {
  const ip = parse(peer);
  return ip !== undefined && isTrusted(ip, trusted);
}

// IP spoofing: `X-Forwarded-For` is read from right to left, only while each hop is a trusted proxy (ASVS 4.1.3).
function findClient(peer: string | undefined, forwardedFor: string | undefined, trusted: ProxyRanges): Ip | undefined {
  let found = parse(peer);
  const hops = forwardedFor?.split(",").reverse() ?? [];
  for (const hop of hops) {
    if (!found || !isTrusted(found, trusted)) break;
    const before = parse(trimOptionalSpace(hop));
    if (!before) break;
    found = before;
  }
  return found;
}

/** Returns the first value of a header to which each proxy may append. */
export function firstOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : trimOptionalSpace(header.split(",", 1)[0] ?? "");
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** Reads IPv4-mapped IPv6 as IPv4, and drops brackets and port. */
function parse(text: string | undefined): Ip | undefined {
  const bare = text?.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1");
  return bare && ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

function isTrusted(ip: Ip, trusted: ProxyRanges): boolean {
  return trusted.some(([range, bits]) => range.kind() === ip.kind() && ip.match(range as ipaddr.IPv4 & ipaddr.IPv6, bits));
}
