/** Reads and caches the metadata of a provider (OpenID Connect Discovery 1.0, 4). */
import type { AuthorizationServer } from "oauth4webapi";
import { type Cached, cached } from "./cached.ts";
import { isSecure, type Peer, readDocument } from "./peer.ts";
import type { Provider } from "./provider.ts";
import { excerpt, ProviderError } from "./provider-error.ts";

const maxAgeMs = 3_600_000;

/** Metadata whose endpoints have been checked. */
export interface Metadata extends AuthorizationServer {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

const caches = new WeakMap<Provider, Cached<Metadata>>();

/** Rejects with {@link ProviderError}; the next call then tries again. */
export async function metadataOf(peer: Peer): Promise<Metadata> {
  const { oauth } = peer.provider.protocol;
  if (oauth) {
    const issuer = oauth.responseIssuer ?? peer.provider.issuer;
    return { issuer, authorization_endpoint: oauth.authorization, token_endpoint: oauth.token };
  }
  const cache = caches.get(peer.provider) ?? cached<Metadata>();
  caches.set(peer.provider, cache);
  return cache.get(peer.s.now(), maxAgeMs, () => discover(peer));
}

/** URL of the metadata. */
export function discoveryUrl({ issuer, protocol }: Provider): string {
  return `${(protocol.discovery ?? issuer).replace(/\/$/, "")}/.well-known/openid-configuration`;
}

async function discover(peer: Peer): Promise<Metadata> {
  const { provider } = peer;
  const read = await readDocument(peer, discoveryUrl(provider)).catch((error: unknown) => {
    // A wrong issuer in the settings gives 404, a redirect or a page.
    if (error instanceof ProviderError && error.reason === "bad-answer") throw new ProviderError("misconfigured", error.message);
    throw error;
  });
  // Some providers send null for what they lack.
  const metadata = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== null));
  // Impersonation: metadata speaks for the issuer that it was asked for, and no other (RFC 9700, 4.4.2.1).
  if (metadata["issuer"] !== provider.issuer)
    throw new ProviderError("misconfigured", `Its metadata has the issuer ${excerpt(metadata["issuer"])}, not ${provider.issuer}.`);
  for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"]) {
    const endpoint = metadata[name];
    if (typeof endpoint !== "string") throw new ProviderError("misconfigured", `Its metadata has no ${name}.`);
    requireSecure(provider, name, endpoint);
  }
  for (const [name, isWellFormed] of Object.entries(optional)) {
    if (metadata[name] !== undefined && !isWellFormed(metadata[name]))
      throw new ProviderError("misconfigured", `Its metadata has a malformed ${name}.`);
  }
  const userInfo = metadata["userinfo_endpoint"];
  if (userInfo !== undefined) requireSecure(provider, "userinfo_endpoint", String(userInfo));
  return metadata as unknown as Metadata;
}

const isList = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === "string");

/** Optional members that this folder and its library read. */
const optional: Readonly<Record<string, (value: unknown) => boolean>> = {
  userinfo_endpoint: (value) => typeof value === "string",
  token_endpoint_auth_methods_supported: isList,
  id_token_signing_alg_values_supported: isList,
  prompt_values_supported: isList,
  authorization_response_iss_parameter_supported: (value) => typeof value === "boolean",
};

function requireSecure(provider: Provider, name: string, url: string): void {
  if (!isSecure(url, provider)) throw new ProviderError("misconfigured", `Its ${name} is not https.`);
}
