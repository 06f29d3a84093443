/** Which network a request comes from, for limits: seen through the proxies that we trust and no further. */
import ipaddr from "ipaddr.js";
import type { ProxyRanges } from "../../config/parsers.ts";
import type { RequestInfo } from "../../core/audit/log.ts";
import type { Context, Env } from "../context.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** The caller's network: an IPv4 address, or the /64 that one IPv6 subscriber has whole (CVE-2026-45364). */
export function clientNetwork(c: Context): string {
  return networkOf(socketAddressOf(c), c.req.header("x-forwarded-for"), c.get("s").settings.trustedProxies);
}

/** Where a request comes from, for the record: the whole address, and what the browser calls itself. */
export function requestInfo(c: Context): RequestInfo {
  const address = addressOf(socketAddressOf(c), c.req.header("x-forwarded-for"), c.get("s").settings.trustedProxies);
  return { address: address?.toString() ?? "unknown", userAgent: c.req.header("user-agent") ?? "" };
}

/** Whoever calls the app as a function brings no socket, and no bindings at all. */
export function socketAddressOf(c: Context): string | undefined {
  const bindings = c.env as Env["Bindings"] | undefined;
  return bindings?.incoming?.socket.remoteAddress;
}

/** The network of an address: IPv4 as it is, IPv6 by its /64. */
export function networkOf(socketAddress: string | undefined, forwardedFor: string | undefined, trusted: ProxyRanges): string {
  const address = addressOf(socketAddress, forwardedFor, trusted);
  if (!address) return "unknown";
  return address.kind() === "ipv4" ? address.toString() : `${address.toByteArray().slice(0, 8).join(".")}/64`;
}

/** Whether we believe what whoever speaks to us directly says about others. */
export function isTrustedPeer(socketAddress: string, trusted: ProxyRanges): boolean {
  const address = parse(socketAddress);
  return address !== undefined && isTrusted(address, trusted);
}

/** Walks from the socket through `X-Forwarded-For` from right to left, as long as the one who says so is trusted. */
function addressOf(socketAddress: string | undefined, forwardedFor: string | undefined, trusted: ProxyRanges): Address | undefined {
  let address = parse(socketAddress);
  const hops = forwardedFor?.split(",").reverse() ?? [];
  for (const hop of hops) {
    if (!address || !isTrusted(address, trusted)) break;
    const before = parse(trimOptionalSpace(hop));
    if (!before) break;
    address = before;
  }
  return address;
}

/** What the browser said to the first of several proxies, each of which may have added what it was told. */
export function firstOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : trimOptionalSpace(header.split(",", 1)[0] ?? "");
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
