/** Creates a `RequestInfo` to call functions of the core with. */
import type { RequestInfo } from "../src/core/request-info.ts";

export function requestFrom(ip: string, userAgent = ""): RequestInfo {
  return { ip, network: ip, userAgent, knownDevice: () => undefined, actor: null };
}
