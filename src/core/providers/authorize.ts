/** Builds the URL that sends a user to a provider (RFC 6749, 4.1.1; RFC 7636). */
import { createHash } from "node:crypto";
import { metadataOf } from "./metadata.ts";
import type { Peer } from "./peer.ts";
import { type Attempt, redirectUri } from "./provider.ts";

export interface BeginOptions {
  /** Default: `select_account`, where the provider has it. */
  readonly prompt?: string | undefined;
  /** In seconds; 0 asks for a new login at the provider. */
  readonly maxAge?: number | undefined;
  readonly loginHint?: string | undefined;
}

/** Rejects with `ProviderError`. */
export async function authorize(peer: Peer, options: BeginOptions): Promise<{ url: string; attempt: Attempt }> {
  const { s, provider } = peer;
  const { protocol } = provider;
  const metadata = await metadataOf(peer);
  const secret = () => s.random(32).toString("base64url");
  const attempt: Attempt = {
    provider: provider.id,
    issuer: provider.issuer,
    state: secret(),
    nonce: secret(),
    verifier: secret(),
    createdAt: s.now(),
  };
  const url = new URL(metadata.authorization_endpoint);
  const parameters = {
    response_type: "code",
    client_id: provider.clientId,
    redirect_uri: redirectUri(s.settings, provider),
    scope: provider.scopes.join(" "),
    // CSRF on the callback, and codes of others (RFC 9700, 4.7 and 4.5).
    state: attempt.state,
    ...(isOpenId(peer) && !protocol.withoutNonce ? { nonce: attempt.nonce } : {}),
    ...(protocol.withoutPkce ? {} : { code_challenge: challengeOf(attempt.verifier), code_challenge_method: "S256" }),
    ...promptOf(peer, options, metadata["prompt_values_supported"]),
    ...(options.maxAge !== undefined && isOpenId(peer) ? { max_age: String(options.maxAge) } : {}),
    ...(options.loginHint === undefined ? {} : { login_hint: options.loginHint }),
    ...protocol.parameters,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, attempt };
}

export function isOpenId({ provider }: Pick<Peer, "provider">): boolean {
  return provider.protocol.oauth === undefined;
}

function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** A shared computer: the provider asks which of its accounts is meant. Providers that do not know the value refuse it. */
function promptOf({ provider }: Peer, { prompt }: BeginOptions, supported: unknown): { prompt?: string } {
  const selects = provider.protocol.selectsAccount || (Array.isArray(supported) && supported.includes("select_account"));
  const value = prompt ?? (selects ? "select_account" : undefined);
  return value === undefined ? {} : { prompt: value };
}
