/** Finds the client's IP through the proxies that are trusted. */
import ipaddr from "ipaddr.js";
import type { ProxyRanges } from "../../config/parsers.ts";
import type { RequestInfo } from "../../core/request-info.ts";
import type { Context, Env } from "../context.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** The IP of the TCP peer; undefined if the app is called as a function, without a socket. */
export function socketAddressOf(c: Context): string | undefined {
  const bindings = c.env as Env["Bindings"] | undefined;
  return bindings?.incoming?.socket.remoteAddress;
}

/** The client's IP, and its network: IPv4 as it is, IPv6 by the /64 that one subscriber holds (CVE-2026-45364). */
export function clientIp(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trusted: ProxyRanges,
): Pick<RequestInfo, "ip" | "network"> {
  const found = findClient(socketAddress, forwardedFor, trusted);
  if (!found) return { ip: "unknown", network: "unknown" };
  const ip = found.toString();
  return { ip, network: found.kind() === "ipv4" ? ip : `${found.toByteArray().slice(0, 8).join(".")}/64` };
}

/** Whether the TCP peer is a trusted proxy. */
export function isTrustedPeer(socketAddress: string, trusted: ProxyRanges): boolean {
  const peer = parse(socketAddress);
  return peer !== undefined && isTrusted(peer, trusted);
}

/** Forged `X-Forwarded-For`: read from right to left, and only as far as each hop is a trusted proxy. */
function findClient(socketAddress: string | undefined, forwardedFor: string | undefined, trusted: ProxyRanges): Ip | undefined {
  let found = parse(socketAddress);
  const hops = forwardedFor?.split(",").reverse() ?? [];
  for (const hop of hops) {
    if (!found || !isTrusted(found, trusted)) break;
    const before = parse(trimOptionalSpace(hop));
    if (!before) break;
    found = before;
  }
  return found;
}

/** The first value of a header to which each of several proxies may have added its own. */
export function firstOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : trimOptionalSpace(header.split(",", 1)[0] ?? "");
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** An IPv4-mapped IPv6 address is read as IPv4; a port and brackets are dropped. */
function parse(text: string | undefined): Ip | undefined {
  const bare = text?.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1");
  return bare && ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

function isTrusted(ip: Ip, trusted: ProxyRanges): boolean {
  return trusted.some(([range, bits]) => range.kind() === ip.kind() && ip.match(range as ipaddr.IPv4 & ipaddr.IPv6, bits));
}
