/** Checks that a request comes from this machine, for development pages. */
import ipaddr from "ipaddr.js";
import { isLocalName } from "../../platform/local-name.ts";
import type { Context, Env } from "../context.ts";
import { peerIp } from "./client-ip.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** Headers that proxies and tunnels add, and browsers never send. */
const proxyHeaders = ["forwarded", "via", "x-real-ip", "x-forwarded-server", "cf-connecting-ip", "true-client-ip", "x-original-url"];

/** Exposed development pages: IP, `Host` and proxy headers must all be local. Returns why not, or undefined. */
export function nonLocalReason(c: Context): string | undefined {
  const peer = peerIp(c);
  if (peer !== undefined && !isLoopbackIp(peer)) return "a request came from another machine";
  const hosts = [c.req.header("host") ?? new URL(c.req.url).host, ...(c.req.header("x-forwarded-host")?.split(",") ?? [])];
  if (!hosts.every((host) => isLocalName(URL.parse(`http://${trimOptionalSpace(host)}`)?.hostname ?? ""))) {
    return "a request was for another host than this machine";
  }
  // nginx proxies with HTTP/1.0 and a local `Host` by default; browsers send HTTP/1.1 or later.
  if ((c.env as Env["Bindings"] | undefined)?.incoming?.httpVersion === "1.0") return "a request came by way of a proxy";
  const has = (name: string) => c.req.header(name) !== undefined;
  const hops = c.req.header("x-forwarded-for")?.split(",") ?? [];
  // Some proxies send `X-Forwarded-Proto` without `X-Forwarded-For`.
  const lacksForwardedFor = hops.length === 0 && (has("x-forwarded-proto") || has("x-forwarded-port"));
  const isProxied = lacksForwardedFor || !hops.every((hop) => isLoopbackIp(trimOptionalSpace(hop))) || proxyHeaders.some(has);
  return isProxied ? "a request came by way of a proxy" : undefined;
}

function isLoopbackIp(text: string): boolean {
  return ipaddr.isValid(text) && ipaddr.process(text).range() === "loopback";
}
