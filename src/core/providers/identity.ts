/** Reads from tokens and user info who has logged in at a provider. */
import { isEmail } from "../users/users.ts";
import { isOpenId } from "./authorize.ts";
import { type Claims, memberAt } from "./claims.ts";
import type { Exchanged } from "./exchange.ts";
import { isIdentifier } from "./identifier.ts";
import { issuerFor } from "./issuers.ts";
import { type Peer, readJson } from "./peer.ts";
import { isAllowedDomain, type ProvenIdentity, type Provider } from "./provider.ts";
import { ProviderError, textOf } from "./provider-error.ts";

/** Rejects with {@link ProviderError}. `parameters` are those of the callback. */
export async function identityOf(peer: Peer, exchanged: Exchanged, parameters: URLSearchParams): Promise<ProvenIdentity> {
  const identity = isOpenId(peer) ? await openIdIdentity(peer, exchanged, parameters) : await userIdentity(peer, exchanged);
  if (identity.email !== undefined && !isAllowedDomain(peer.provider, identity.email))
    throw new ProviderError("domain", "The email belongs to none of the domains that the provider is set up for.");
  return identity;
}

async function openIdIdentity(
  peer: Peer,
  { claims: signed, metadata, response }: Exchanged,
  parameters: URLSearchParams,
): Promise<ProvenIdentity> {
  const { provider } = peer;
  const idToken: Claims = signed ?? {};
  const userInfoUrl = metadata.userinfo_endpoint;
  const asks = userInfoUrl !== undefined && lacksClaims(provider, idToken);
  const userInfo = asks ? await getJson(peer, userInfoUrl, response.access_token) : {};
  // Token substitution: user info of another user (OpenID Connect Core 1.0, 5.3.2).
  if (asks && userInfo["sub"] !== idToken["sub"])
    throw new ProviderError("bad-answer", "The user info is of another user than the ID token.");
  const claims = { ...userInfo, ...idToken };
  // Account takeover: `email_verified` and `hd` say nothing about the email of another document.
  const vouching = idToken["email"] === undefined ? userInfo : idToken;
  return {
    provider: provider.id,
    // Of the claim `tid` with several tenants; the token's issuer has been compared with it.
    issuer: issuerFor(provider, idToken),
    // From the ID token alone, which is signed.
    subject: subjectOf((provider.protocol.subject ?? ["sub"]).map((name) => idToken[name])),
    ...emailOf(vouching["email"], isVouched(provider, vouching)),
    ...textAt("name", claims["name"] ?? appleName(provider, parameters)),
    ...textAt("username", claims["preferred_username"] ?? claims["nickname"]),
    claims,
    amr: Array.isArray(idToken["amr"]) ? idToken["amr"].filter((each) => typeof each === "string") : [],
    ...authTimeOf(idToken["auth_time"]),
    ...sessionOf(idToken["sid"]),
    ...issuedAtOf(idToken["iat"]),
  };
}

/** Providers may give email and groups only as user info. */
function lacksClaims({ roles, scopes, protocol }: Provider, idToken: Claims): boolean {
  // Microsoft's user info has no `xms_edov`.
  if (protocol.vouches === "edov") return false;
  const lacksEmail = scopes.includes("email") && idToken["email"] === undefined;
  return lacksEmail || roles.some(({ claim }) => memberAt(idToken, claim) === undefined);
}

function isVouched({ protocol }: Provider, claims: Claims): boolean {
  const isVerified = claims["email_verified"] === true || claims["email_verified"] === "true";
  switch (protocol.vouches) {
    case "claim":
      return isVerified;
    case "google":
      // Google is the authority for its own domains only; other addresses were verified once, when the account was made.
      return isVerified && (/@(?:gmail|googlemail)\.com$/i.test(textOf(claims["email"])) || typeof claims["hd"] === "string");
    case "edov":
      // nOAuth: an administrator of any tenant sets `email` as they like, unless the owner of the domain is verified.
      return [true, 1, "1", "true"].some((value) => value === claims["xms_edov"]);
    default:
      return false;
  }
}

async function userIdentity(peer: Peer, { response }: Exchanged): Promise<ProvenIdentity> {
  const { provider } = peer;
  const { oauth, vouches } = provider.protocol;
  if (!oauth) throw new Error("The provider has OpenID Connect.");
  const { members } = oauth;
  const user = await getJson(peer, oauth.user, response.access_token);
  const listed = await listedEmail(peer, response.access_token);
  const isVerified = members.emailVerified !== undefined && memberAt(user, members.emailVerified) === true;
  const isPresent = (vouches === "primary" || vouches === "present") && listed !== undefined;
  return {
    provider: provider.id,
    issuer: provider.issuer,
    subject: subjectOf([memberAt(user, members.subject)]),
    ...emailOf(listed ?? memberAt(user, members.email ?? ""), isPresent || (vouches === "claim" && isVerified)),
    ...textAt("name", memberAt(user, members.name ?? "")),
    ...textAt("username", memberAt(user, members.username ?? "")),
    claims: user,
    amr: [],
  };
}

/** GitHub: the address that is primary and verified, and no other; of X, the confirmed one. */
async function listedEmail(peer: Peer, accessToken: string): Promise<unknown> {
  const { oauth } = peer.provider.protocol;
  if (!oauth?.emails || (oauth.emails.scope !== undefined && !peer.provider.scopes.includes(oauth.emails.scope))) return undefined;
  const response = await getWith(peer, oauth.emails.url, accessToken);
  // An app without the permission: the user is asked for an address.
  if ([401, 403, 404].includes(response.status)) return undefined;
  const emails = await readJson(response, oauth.emails.url);
  if (!Array.isArray(emails)) return memberAt(emails, oauth.members.email ?? "");
  return emails.find((each: Claims | null) => each?.["primary"] === true && each["verified"] === true)?.email;
}

async function getJson(peer: Peer, url: string, accessToken: string): Promise<Record<string, unknown>> {
  return readJson(await getWith(peer, url, accessToken), url);
}

async function getWith({ fetch }: Peer, url: string, accessToken: string): Promise<Response> {
  // Header injection, and a failure that would look like an outage (RFC 6750, 2.1).
  if (!/^[\x21-\x7e]+$/.test(accessToken)) throw new ProviderError("bad-answer", "The access token has characters that none may have.");
  return fetch(url, { headers: { authorization: `Bearer ${accessToken}`, accept: "application/json" } });
}

/** Several claims are joined by a slash, which their values do not contain. */
function subjectOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value));
  const isGood = texts.every((text) => isIdentifier(text) && (values.length === 1 || !text.includes("/")));
  if (!isGood) throw new ProviderError("bad-answer", "The provider did not say who the user is.");
  return texts.join("/");
}

/** In milliseconds; whole ones, since providers may send fractions of a second. */
function authTimeOf(seconds: unknown): { authTime?: number } {
  if (seconds === undefined) return {};
  const authTime = typeof seconds === "number" ? Math.floor(seconds * 1_000) : -1;
  if (!Number.isSafeInteger(authTime) || authTime < 0) throw new ProviderError("bad-answer", "The ID token has a malformed auth_time.");
  return { authTime };
}

function issuedAtOf(seconds: unknown): { issuedAt?: number } {
  return typeof seconds === "number" ? { issuedAt: Math.floor(seconds) * 1_000 } : {};
}

function sessionOf(sid: unknown): { sid?: string } {
  if (sid === undefined) return {};
  if (!isIdentifier(sid)) throw new ProviderError("bad-answer", "The ID token has a malformed sid.");
  return { sid };
}

function emailOf(value: unknown, isVouched: boolean): { email?: string; isEmailVouched: boolean } {
  return typeof value === "string" && isEmail(value) ? { email: value, isEmailVouched: isVouched } : { isEmailVouched: false };
}

function textAt<Key extends string>(key: Key, value: unknown): { [K in Key]?: string } {
  const text = typeof value === "string" ? value.replaceAll(/\p{C}/gu, "").trim().slice(0, 100) : "";
  return (text === "" ? {} : { [key]: text }) as { [K in Key]?: string };
}

/** Apple sends the name beside the first code, unsigned: it is a name to show, and nothing else of it is used. */
function appleName({ preset }: Provider, parameters: URLSearchParams): string | undefined {
  if (preset !== "apple") return undefined;
  try {
    const { name } = JSON.parse(parameters.get("user") ?? "{}") as { name?: { firstName?: unknown; lastName?: unknown } };
    return [name?.firstName, name?.lastName].filter((part) => typeof part === "string").join(" ");
  } catch {
    return undefined;
  }
}
