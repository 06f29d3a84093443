/** Notices, from what requests bring, a proxy whose settings do not fit ours; each once, in the log. */
import ipaddr from "ipaddr.js";
import type { Services } from "../../core/services.ts";
import type { Context } from "../context.ts";
import { firstOf, isTrustedPeer, socketAddressOf } from "./client-ip.ts";

type Notice = "untrusted" | "silent" | "insecure";

const words: Record<Notice, string> = {
  untrusted:
    "TRUST_PROXY: A proxy at an inner address says whom it speaks for, and is not believed. All visitors share its limits. Name the proxy there.",
  silent:
    "TRUST_PROXY: A proxy that is trusted does not say whom it speaks for. All visitors share its limits. Let it send X-Forwarded-For.",
  insecure:
    "BASE_URL: A proxy says that a browser came by http. Cookies are Secure, so nobody who comes that way can log in. Let the proxy redirect to https.",
};

/** Looks at what changes something, for that is what limits count: whoever watches health asks from inside and passes no proxy. */
export function createProxyNotice(s: Services): (c: Context) => void {
  if (!s.settings.isDeployed || !s.settings.baseUrl.startsWith("https:")) return () => {};
  const told = new Set<Notice>();
  return (c) => {
    if (told.size === Object.keys(words).length) return;
    const notice = noticeOf(c);
    if (notice === undefined || told.has(notice)) return;
    told.add(notice);
    s.log.warn(words[notice]);
  };
}

function noticeOf(c: Context): Notice | undefined {
  const peer = socketAddressOf(c);
  if (peer === undefined) return undefined;
  const forwarded = c.req.header("x-forwarded-for");
  // A stranger may send the header as well: only an inner address can be a proxy of ours.
  if (!isTrustedPeer(peer, c.get("s").settings.trustedProxies)) return forwarded !== undefined && isInner(peer) ? "untrusted" : undefined;
  if (forwarded === undefined) return "silent";
  return firstOf(c.req.header("x-forwarded-proto"))?.toLowerCase() === "http" ? "insecure" : undefined;
}

function isInner(peer: string): boolean {
  return ["loopback", "private", "uniqueLocal", "linkLocal", "carrierGradeNat"].includes(ipaddr.process(peer).range());
}
