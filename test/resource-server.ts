/** Requests access tokens, and verifies them as a resource server does. */
import { createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from "jose";
import type { Answer, Person, TestApp } from "./person.ts";

export const audience = "https://api.example.com";
const issuer = "http://accounts.test";
/** Settings of an app that issues access tokens. */
export const tokenSettings = { TOKEN_AUDIENCES: `${audience}, billing`, BASE_URL: issuer };

/** Requests a token with a session. */
export async function requestToken(person: Person, body: object = { audience }, headers: Record<string, string> = {}): Promise<Answer> {
  const { csrfToken = "" } = (await person.opens("/token", { accept: "application/json" })).json() as { csrfToken?: string };
  return person.sendsJson("/token", body, { "x-csrf-token": csrfToken, ...headers });
}

export function tokenIn(answer: Answer): string {
  return (answer.json() as { access_token: string }).access_token;
}

/** Returns a verifier that fetches the keys over HTTP. */
export function verifierFor(app: TestApp, expectedAudience = audience): (token: string) => Promise<JWTVerifyResult> {
  const keys = fetchedKeys(app);
  return (token) => verify(app, token, keys, expectedAudience);
}

export function fetchedKeys({ url }: TestApp) {
  return createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
}

export function verify({ s }: TestApp, token: string, keys: JWTVerifyGetKey, expectedAudience = audience): Promise<JWTVerifyResult> {
  const currentDate = new Date(s.now());
  return jwtVerify(token, keys, { issuer, audience: expectedAudience, algorithms: ["EdDSA"], typ: "at+jwt", currentDate });
}

export async function publishedKeys(app: TestApp): Promise<JSONWebKeySet> {
  return (await app.person().opens("/.well-known/jwks.json")).json() as JSONWebKeySet;
}
