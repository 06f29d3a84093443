/** Checks whether users could log in at a provider, without a user. */
import * as oauth from "oauth4webapi";
import { isOpenId } from "./authorize.ts";
import { callbackProblem } from "./callback-url.ts";
import { clientOf, toleranceSeconds } from "./client.ts";
import { serverOf, tokenRequest } from "./exchange.ts";
import { discoveryUrl, metadataOf } from "./metadata.ts";
import { type Peer, withPeer } from "./peer.ts";
import { type Provider, redirectUri } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";
import { refusalOf } from "./refusal.ts";
import { readKeys } from "./signatures.ts";

export type ProviderCheck =
  /** `isClientAccepted`: whether the provider said that the client ID and the secret are right. */
  | { readonly ok: true; readonly isClientAccepted: boolean; readonly redirectUri: string }
  | { readonly ok: false; readonly setting: string; readonly problem: string; readonly fix: string };

/** Reads metadata and keys, compares clocks, and presents the client secret with a code that does not exist. */
export async function checkProvider(s: Peer["s"], provider: Provider): Promise<ProviderCheck> {
  const prefix = `PROVIDER_${provider.id.toUpperCase().replaceAll("-", "_")}`;
  const callback = redirectUri(s.settings, provider);
  const refused = callbackProblem(s.settings, provider);
  if (refused) return { ok: false, setting: "BASE_URL", ...refused };
  try {
    const isClientAccepted = await withPeer(s, provider, (peer) => check(watchingClock(peer)));
    return { ok: true, isClientAccepted, redirectUri: callback };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ok: false, problem: error.message, ...remedyOf(error, provider, prefix) };
  }
}

async function check(peer: Peer): Promise<boolean> {
  const metadata = await metadataOf(peer);
  if (isOpenId(peer) && (await readKeys(peer, metadata)).length === 0)
    throw new ProviderError("bad-answer", "It publishes no key that can be used.");
  const { authorization_response_iss_parameter_supported: _, ...as } = serverOf(metadata);
  const client = clientOf(peer);
  const parameters = new URLSearchParams({ code: "latchkey-providers-test" });
  const validated = oauth.validateAuthResponse(as, client, parameters, oauth.skipStateCheck);
  try {
    const verifier = oauth.generateRandomCodeVerifier();
    const { response } = await tokenRequest(peer, { as, client, metadata, validated, verifier });
    if ([404, 405].includes(response.status))
      throw new ProviderError("misconfigured", `${metadata.token_endpoint} answered ${response.status}.`);
    await oauth.processAuthorizationCodeResponse(as, client, response);
    return true;
  } catch (error) {
    const refusal = refusalOf(error, peer.provider);
    if (!(refusal instanceof ProviderError) || !["expired", "bad-answer"].includes(refusal.reason)) throw refusal;
    if (/ redirects \(/.test(refusal.message)) throw refusal;
    // The code was refused, so the client was not. Other answers say nothing about it.
    return refusal.reason === "expired";
  }
}

/** Compares the clocks by the header `Date`. */
function watchingClock(peer: Peer): Peer {
  const fetch: Peer["fetch"] = async (url, init) => {
    const response = await peer.fetch(url, init);
    const skew = (Date.parse(response.headers.get("date") ?? "") - peer.s.now()) / 1_000;
    if (Math.abs(skew) <= toleranceSeconds || Number.isNaN(skew)) return response;
    const side = skew > 0 ? "behind" : "ahead of";
    throw new ProviderError("clock", `The clock of this server is ${Math.round(Math.abs(skew))} seconds ${side} that of the provider.`);
  };
  return { ...peer, fetch };
}

function remedyOf({ reason, message }: ProviderError, provider: Provider, prefix: string): { setting: string; fix: string } {
  if (reason === "clock") return { setting: "PROVIDERS", fix: "Set the clock of this server, such as by NTP." };
  if (reason === "unreachable")
    return { setting: "PROVIDERS", fix: "Check whether the provider is up, and whether this server may connect to it." };
  // `refusalOf` has named the settings.
  if (/ Check PROVIDER_/.test(message))
    return { setting: `${prefix}_CLIENT_ID`, fix: "Copy both from the page of your app at the provider." };
  // The endpoints of GitHub Enterprise follow from its URL.
  if (provider.preset === "github" && provider.issuer !== "https://github.com")
    return { setting: `${prefix}_ISSUER`, fix: `Correct ${prefix}_ISSUER: it must be the URL of your GitHub Enterprise.` };
  const canCorrect = provider.preset === "oidc" || provider.preset === "gitlab";
  const fix = canCorrect ? `Correct ${prefix}_ISSUER: ${discoveryUrl(provider)} must be its metadata.` : "Update Latchkey, or report this.";
  return { setting: canCorrect ? `${prefix}_ISSUER` : "PROVIDERS", fix };
}
