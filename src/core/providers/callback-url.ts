/** Checks what callback URLs a provider takes, without asking it: most say so only on their page for new ones. */
import { isLocalName } from "../../platform/local-name.ts";
import { type Provider, redirectUri, type SiteAddress } from "./provider.ts";

export interface CallbackProblem {
  readonly problem: string;
  readonly fix: string;
}

/** Undefined if the provider takes the callback URL of this site. */
export function callbackProblem(site: SiteAddress, provider: Provider): CallbackProblem | undefined {
  const refused = refusedPart(site, provider);
  if (refused === undefined) return undefined;
  const problem = `${provider.name} accepts ${refused}, and the callback URL is ${redirectUri(site, provider)}.`;
  if (provider.protocol.refusesCallback !== "localhost") return { problem, fix: "Set BASE_URL to the https address of this site." };
  const byIp = new URL(site.baseUrl);
  byIp.hostname = "127.0.0.1";
  return { problem, fix: `Set BASE_URL to ${byIp.origin}, register that callback URL, and open the pages at ${byIp.origin}.` };
}

function refusedPart({ baseUrl }: SiteAddress, { protocol: { refusesCallback } }: Provider): string | undefined {
  const { protocol, hostname } = new URL(baseUrl);
  const isHttp = protocol !== "https:";
  if (refusesCallback === "local" && (isHttp || isLocalName(hostname))) return "neither http nor localhost";
  if (refusesCallback === "http" && isHttp) return "only https";
  if (refusesCallback === "localhost" && /(?:^|\.)localhost$/i.test(hostname)) return "no localhost";
  return undefined;
}
