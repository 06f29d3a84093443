/** Which network a request comes from, for limits: seen through the proxies that we trust and no further. */
import ipaddr from "ipaddr.js";
import type { ProxyRanges } from "../setting-kinds.ts";
import type { Context, Env } from "./context.ts";

/** The caller's network: an IPv4 address, or the /64 that one IPv6 subscriber has whole (CVE-2026-45364). */
export function clientNetwork(c: Context): string {
  // Whoever calls the app as a function brings no socket, and no bindings at all.
  const bindings = c.env as Env["Bindings"] | undefined;
  const socketAddress = bindings?.incoming?.socket.remoteAddress;
  return networkOf(socketAddress, c.req.header("x-forwarded-for"), c.var.s.settings.trustedProxies);
}

/** Walks from the socket through `X-Forwarded-For` from right to left, as long as the one who says so is trusted. */
export function networkOf(socketAddress: string | undefined, forwardedFor: string | undefined, trusted: ProxyRanges): string {
  let address = parse(socketAddress);
  if (!address) return "unknown";
  const hops = forwardedFor?.split(",").reverse() ?? [];
  for (const hop of hops) {
    if (!isTrusted(address, trusted)) break;
    const before = parse(hop.trim());
    if (!before) break;
    address = before;
  }
  return address.kind() === "ipv4" ? address.toString() : `${address.toByteArray().slice(0, 8).join(".")}/64`;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An IPv4 address in IPv6's clothes is the IPv4 address. */
function parse(text: string | undefined): Address | undefined {
  const bare = text?.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1");
  return bare && ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

function isTrusted(address: Address, trusted: ProxyRanges): boolean {
  return trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range as ipaddr.IPv4 & ipaddr.IPv6, bits));
}
