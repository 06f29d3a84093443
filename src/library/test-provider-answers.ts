/** Answers the requests of the test provider, honestly or not. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Protocol } from "../config/providers/provider.ts";
import { accessTokenHash, publishedKey, signTestToken, type TestKey } from "./test-provider-keys.ts";
import type { TestProvider, TestProviderEndpoint, TestProviderUser } from "./test-provider-types.ts";
import { apiEmailsOf, apiUserOf, claimsOf } from "./test-provider-users.ts";

/** The app that the provider knows. */
export const testClient = { id: "test-client", secret: "a secret of the test client" };

type Claims = Readonly<Record<string, unknown>>;

export interface State {
  readonly protocol: Protocol;
  readonly preset: string;
  readonly issuer: string;
  readonly claimsIn: "id-token" | "user-info";
  readonly now: () => number;
  key: TestKey;
  /** Unused codes, with the parameters that they were asked with. */
  readonly codes: Map<string, { readonly asked: URLSearchParams; readonly user: TestProviderUser }>;
  readonly accessTokens: Map<string, TestProviderUser>;
  readonly requests: TestProviderEndpoint[];
}

/** Answers a request to any of its endpoints. */
export async function answer(state: State, provider: TestProvider, request: Request): Promise<Response> {
  const endpoint = endpointOf(state, request.url);
  if (!endpoint) return new Response("Not found", { status: 404 });
  state.requests.push(endpoint);
  const response = await responses[endpoint](state, provider, request);
  return provider.lies.respond?.(endpoint, response) ?? response;
}

/** Endpoints of an OpenID Connect issuer; the presets without it have their own. */
function endpointOf({ protocol, issuer }: State, url: string): TestProviderEndpoint | undefined {
  const { origin, pathname } = new URL(url);
  const { oauth } = protocol;
  const isAt = (other: string | undefined) => other !== undefined && new URL(other).origin + new URL(other).pathname === origin + pathname;
  if (oauth) {
    if (isAt(oauth.authorization)) return "authorize";
    if (isAt(oauth.token)) return "token";
    // X has one path for both.
    if (isAt(oauth.emails?.url) && new URL(oauth.emails?.url ?? "").search === new URL(url).search) return "emails";
    return isAt(oauth.user) ? "user-info" : undefined;
  }
  if (pathname.endsWith("/.well-known/openid-configuration")) return "metadata";
  const base = new URL(issuer.replace("{tenantid}", "common")).origin;
  const paths: Readonly<Record<string, TestProviderEndpoint>> = {
    authorize: "authorize",
    token: "token",
    keys: "keys",
    userinfo: "user-info",
  };
  return origin === base ? paths[pathname.slice(1)] : undefined;
}

type Answering = (state: State, provider: TestProvider, request: Request) => Response | Promise<Response>;

const responses: Readonly<Record<TestProviderEndpoint, Answering>> = {
  metadata: ({ issuer, key }, { lies }) => {
    const base = new URL(issuer.replace("{tenantid}", "common")).origin;
    const metadata = {
      issuer,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/keys`,
      userinfo_endpoint: `${base}/userinfo`,
      id_token_signing_alg_values_supported: [key.algorithm],
      authorization_response_iss_parameter_supported: !issuer.includes("{"),
      prompt_values_supported: ["none", "login", "select_account"],
    };
    return Response.json(lies.metadata?.(metadata) ?? metadata);
  },
  keys: ({ key }, { lies }) => {
    const keys = { keys: [publishedKey(key)] };
    return Response.json(lies.keys?.(keys) ?? keys);
  },
  authorize: authorizeUser,
  token: exchange,
  "user-info": (state, { lies }, request) => {
    const user = userOf(state, request);
    if (!user) return Response.json({ error: "invalid_token" }, { status: 401 });
    const body = state.protocol.oauth ? apiUserOf(state, user) : claimsOf(state, user);
    return Response.json(lies.userInfo?.(body) ?? body);
  },
  emails: (state, { lies }, request) => {
    const user = userOf(state, request);
    if (!user) return Response.json({ message: "Bad credentials" }, { status: 401 });
    const body = apiEmailsOf(state, user);
    return Response.json(lies.emails?.(body) ?? body);
  },
};

function userOf({ accessTokens }: State, request: Request): TestProviderUser | undefined {
  return accessTokens.get(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
}

/** Sends the user back to the app. */
function authorizeUser(state: State, provider: TestProvider, request: Request): Response {
  const { target, fields, isPost } = responseToApp(state, provider, request.url);
  if (target === "") return new Response("Unknown client", { status: 400 });
  if (!isPost) return new Response(null, { status: 303, headers: { location: withFields(target, fields) } });
  const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`);
  const form = `<form method="post" action="${escaped(target)}">${inputs.join("")}<button>Continue</button></form>`;
  return new Response(`<!doctype html><title>Test provider</title>${form}`, { headers: { "content-type": "text/html; charset=utf-8" } });
}

export function withFields(target: string, fields: Readonly<Record<string, string>>): string {
  const url = new URL(target);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

interface ResponseToApp {
  /** Empty for an unknown client. */
  readonly target: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly isPost: boolean;
}

/** Makes a code for the current user (RFC 6749, 4.1.2). */
export function responseToApp(state: State, { user, lies }: TestProvider, url: string): ResponseToApp {
  const asked = new URL(url).searchParams;
  const target = asked.get("redirect_uri") ?? "";
  if (asked.get("client_id") !== testClient.id) return { target: "", fields: {}, isPost: false };
  const code = randomBytes(16).toString("base64url");
  if (user) state.codes.set(code, { asked, user });
  const truth: Record<string, string> = {
    ...(user ? { code } : { error: "access_denied" }),
    state: asked.get("state") ?? "",
    ...(state.protocol.oauth || state.issuer.includes("{") ? {} : { iss: state.issuer }),
    // Apple sends the name once.
    ...(state.preset === "apple" && user?.name !== undefined ? { user: appleUser(user.name) } : {}),
  };
  return { target, fields: lies.callback?.(truth) ?? truth, isPost: asked.get("response_mode") === "form_post" };
}

function appleUser(name: string): string {
  const [firstName, ...rest] = name.split(" ");
  return JSON.stringify({ name: { firstName, lastName: rest.join(" ") } });
}

/** Exchanges a code, once, for the client that it was given to (RFC 6749, 4.1.3; RFC 7636, 4.6). */
async function exchange(state: State, provider: TestProvider, request: Request): Promise<Response> {
  const { lies } = provider;
  const sent = new URLSearchParams(await request.text());
  if (!isClient(state, sent, request.headers.get("authorization"))) return Response.json({ error: "invalid_client" }, { status: 401 });
  const given = state.codes.get(sent.get("code") ?? "");
  state.codes.delete(sent.get("code") ?? "");
  const challenge = given?.asked.get("code_challenge");
  const isSame =
    challenge ===
    createHash("sha256")
      .update(sent.get("code_verifier") ?? "")
      .digest("base64url");
  if (!given || given.asked.get("redirect_uri") !== sent.get("redirect_uri") || (challenge && !isSame))
    return Response.json({ error: "invalid_grant" }, { status: 400 });
  const accessToken = randomBytes(16).toString("base64url");
  state.accessTokens.set(accessToken, given.user);
  const body = {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: 3_600,
    refresh_token: randomBytes(16).toString("base64url"),
    ...(state.protocol.oauth ? {} : { id_token: idToken(state, provider, { ...given, accessToken }) }),
  };
  return Response.json(lies.token?.(body) ?? body);
}

function isClient({ preset }: State, sent: URLSearchParams, authorization: string | null): boolean {
  if (authorization?.startsWith("Basic ")) {
    const [id, secret] = Buffer.from(authorization.slice(6), "base64")
      .toString()
      .split(":")
      .map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    return id === testClient.id && secret === testClient.secret;
  }
  // Apple's secret is a JWT of the client.
  const isSecret =
    preset === "apple" ? sent.get("client_secret")?.split(".").length === 3 : sent.get("client_secret") === testClient.secret;
  return sent.get("client_id") === testClient.id && isSecret;
}

interface Given {
  readonly asked: URLSearchParams;
  readonly user: TestProviderUser;
  readonly accessToken: string;
}

function idToken(state: State, { lies, sid }: TestProvider, { asked, user, accessToken }: Given): string {
  const iat = Math.floor(state.now() / 1_000);
  const all = claimsOf(state, user);
  const { email: _, name: __, ...fewer } = all;
  const nonce = asked.get("nonce");
  const truth: Claims = {
    ...(state.claimsIn === "id-token" ? all : fewer),
    iss: state.issuer.replace("{tenantid}", String(all["tid"])),
    aud: testClient.id,
    iat,
    exp: iat + 300,
    sid,
    at_hash: accessTokenHash(accessToken, state.key.algorithm),
    ...(nonce === null || state.protocol.withoutNonce ? {} : { nonce }),
    ...(asked.has("max_age") ? { auth_time: user["auth_time"] ?? iat } : {}),
  };
  return signTestToken(state.key, { header: lies.header?.({}) ?? {}, claims: lies.idToken?.(truth) ?? truth }, lies.signature);
}

/** Signs a logout token of the current user (OpenID Connect Back-Channel Logout 1.0, 2.4). */
export function signLogout(state: State, { user, sid, lies }: TestProvider, changed: { claims: Claims; header: Claims }): string {
  const iat = Math.floor(state.now() / 1_000);
  const own = user ? claimsOf(state, user) : {};
  const claims = {
    iss: state.issuer.replace("{tenantid}", String(own["tid"])),
    aud: testClient.id,
    iat,
    exp: iat + 120,
    jti: randomUUID(),
    sub: own["sub"],
    sid,
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    ...changed.claims,
  };
  return signTestToken(state.key, { header: { typ: "logout+jwt", ...changed.header }, claims }, lies.signature);
}
