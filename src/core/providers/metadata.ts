/** Reads and caches the metadata of a provider (OpenID Connect Discovery 1.0, 4). */
import type { AuthorizationServer } from "oauth4webapi";
import { type Cached, cached } from "./cached.ts";
import { isSecure, type Peer, readJson } from "./peer.ts";
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

async function discover({ fetch, provider }: Peer): Promise<Metadata> {
  const url = discoveryUrl(provider);
  const metadata = await readJson(await fetch(url, { headers: { accept: "application/json" } }), url).catch((error: unknown) => {
    // A wrong issuer in the settings gives 404, a redirect or a page.
    if (error instanceof ProviderError && error.reason === "bad-answer") throw new ProviderError("misconfigured", error.message);
    throw error;
  });
  // Impersonation: metadata speaks for the issuer that it was asked for, and no other (RFC 9700, 4.4.2.1).
  if (metadata["issuer"] !== provider.issuer)
    throw new ProviderError("misconfigured", `Its metadata has the issuer ${excerpt(metadata["issuer"])}, not ${provider.issuer}.`);
  for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"]) {
    const endpoint = metadata[name];
    if (typeof endpoint !== "string") throw new ProviderError("misconfigured", `Its metadata has no ${name}.`);
    requireSecure(provider, name, endpoint);
  }
  const userInfo = metadata["userinfo_endpoint"];
  if (typeof userInfo === "string") requireSecure(provider, "userinfo_endpoint", userInfo);
  return metadata as unknown as Metadata;
}

function requireSecure(provider: Provider, name: string, url: string): void {
  if (!isSecure(url, provider)) throw new ProviderError("misconfigured", `Its ${name} is not https.`);
}
