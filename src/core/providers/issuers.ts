/** Tells which issuers a provider speaks for: several where it has many tenants. */
import { isAllowedDomain, type Provider } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";

/** Personal accounts of Microsoft. */
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad";

export function isTenant(text: unknown): text is string {
  return typeof text === "string" && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** Another tenant: with several tenants, the issuer is that of the claim `tid`. */
export function issuerFor({ issuer, protocol }: Provider, claims: Readonly<Record<string, unknown>>): string {
  if (!issuer.includes("{tenantid}")) return issuer;
  const { tid } = claims;
  if (!isTenant(tid)) throw new ProviderError("bad-answer", "The ID token names no tenant.");
  if (protocol.tenant === "organizations" && tid === consumers)
    throw new ProviderError("bad-answer", "The ID token is of a personal account, and only organizations are accepted.");
  return issuer.replace("{tenantid}", tid);
}

/** Whether logins of the provider can have this issuer. */
export function isIssuerOf({ issuer: own, protocol }: Provider, issuer: string): boolean {
  const [before = "", after] = own.split("{tenantid}");
  if (after === undefined) return own === issuer;
  const tenant = issuer.slice(before.length, issuer.length - after.length);
  return isTenant(tenant) && issuer === before + tenant + after && !(protocol.tenant === "organizations" && tenant === consumers);
}

/** Whether a login with the provider opens the account of this identity, whichever name the provider had when it was linked. */
export function logsIn(provider: Provider, { issuer, email }: { readonly issuer: string; readonly email: string | null }): boolean {
  return isIssuerOf(provider, issuer) && (email === null || isAllowedDomain(provider, email));
}
