/** Builds `RequestInfo`: IP, network, user agent and device of a request. */
import type { RequestInfo } from "../../core/request-info.ts";
import type { Context } from "../context.ts";
import { clientIp, peerIp } from "./client-ip.ts";
import { knownDevice } from "./known-device.ts";
import { localeOf } from "./locale.ts";
import { readTrustedTokens } from "./trusted-device.ts";

export function requestInfo(c: Context): RequestInfo {
  return {
    ...clientIp(peerIp(c), c.req.header("x-forwarded-for"), c.get("s").settings.trustedProxies),
    userAgent: c.req.header("user-agent") ?? "",
    knownDevice: (user, step) => knownDevice(c, user, step),
    trustedTokens: () => readTrustedTokens(c),
    locale: localeOf(c),
    actor: null,
  };
}
