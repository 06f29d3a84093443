/** Logs each proxy misconfiguration once, from the headers of requests. */
import ipaddr from "ipaddr.js";
import type { Services } from "../../core/services.ts";
import type { Context } from "../context.ts";
import { firstOf, isTrustedPeer, peerIp } from "./client-ip.ts";

type Problem = "untrusted" | "silent" | "insecure";

const warnings: Record<Problem, string> = {
  untrusted:
    "TRUST_PROXY: An untrusted proxy with a private IP sends X-Forwarded-For, which is ignored. All users share its rate limits. Add its IP to TRUST_PROXY.",
  silent:
    "TRUST_PROXY: A trusted proxy does not send X-Forwarded-For. All users share its rate limits. Configure the proxy to send the header.",
  insecure:
    "BASE_URL: A proxy reports a request over http. Login fails there, because cookies are Secure. Configure the proxy to redirect to https.",
};

/** Called for POST only: health checks use GET and bypass the proxy. */
export function createProxyWarning(s: Services): (c: Context) => void {
  if (!s.settings.isDeployed || !s.settings.baseUrl.startsWith("https:")) return () => {};
  const logged = new Set<Problem>();
  return (c) => {
    if (logged.size === Object.keys(warnings).length) return;
    const problem = findProblem(c);
    if (problem === undefined || logged.has(problem)) return;
    logged.add(problem);
    s.log.warn(warnings[problem]);
  };
}

function findProblem(c: Context): Problem | undefined {
  const peer = peerIp(c);
  if (peer === undefined) return undefined;
  const forwarded = c.req.header("x-forwarded-for");
  // Log spam: any client can send the header, so only private IPs are reported.
  if (!isTrustedPeer(peer, c.get("s").settings.trustedProxies))
    return forwarded !== undefined && isPrivateIp(peer) ? "untrusted" : undefined;
  if (forwarded === undefined) return "silent";
  return firstOf(c.req.header("x-forwarded-proto"))?.toLowerCase() === "http" ? "insecure" : undefined;
}

function isPrivateIp(peer: string): boolean {
  return ["loopback", "private", "uniqueLocal", "linkLocal", "carrierGradeNat"].includes(ipaddr.process(peer).range());
}
