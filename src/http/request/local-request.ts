/** Tells whether a request was made on this very machine, for what is shown to its developer only. */
import ipaddr from "ipaddr.js";
import { isLocalName } from "../../platform/local-name.ts";
import type { Context, Env } from "../context.ts";
import { socketAddressOf } from "./client-ip.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** What a proxy or a tunnel adds, and a browser that asks directly never sends. */
const ofProxies = ["forwarded", "via", "x-real-ip", "x-forwarded-server", "cf-connecting-ip", "true-client-ip", "x-original-url"];

/** Why it was not, or undefined. A proxy on this machine is no developer, so what one adds must name this machine as well. */
export function notFromHere(c: Context): string | undefined {
  const peer = socketAddressOf(c);
  if (peer !== undefined && !isLoopbackAddress(peer)) return "a request came from another machine";
  const hosts = [c.req.header("host") ?? new URL(c.req.url).host, ...(c.req.header("x-forwarded-host")?.split(",") ?? [])];
  if (!hosts.every((host) => isLocalName(URL.parse(`http://${trimOptionalSpace(host)}`)?.hostname ?? ""))) {
    return "a request was for another host than this machine";
  }
  // No browser speaks it, but nginx does where nobody told it otherwise, and names us in Host.
  if ((c.env as Env["Bindings"] | undefined)?.incoming?.httpVersion === "1.0") return "a request came by way of a proxy";
  const says = (name: string) => c.req.header(name) !== undefined;
  const hops = c.req.header("x-forwarded-for")?.split(",") ?? [];
  // One that tells how it was asked, but not by whom.
  const isSilent = hops.length === 0 && (says("x-forwarded-proto") || says("x-forwarded-port"));
  const isProxied = isSilent || !hops.every((hop) => isLoopbackAddress(trimOptionalSpace(hop))) || ofProxies.some(says);
  return isProxied ? "a request came by way of a proxy" : undefined;
}

function isLoopbackAddress(text: string): boolean {
  return ipaddr.isValid(text) && ipaddr.process(text).range() === "loopback";
}
