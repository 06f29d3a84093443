/** Makes the `RequestInfo` of a request that was never sent. */
import type { RequestInfo } from "../src/core/request-info.ts";

export function requestFrom(ip: string, userAgent = ""): RequestInfo {
  return { ip, network: ip, userAgent, knownDevice: () => undefined, actor: null };
}
