/** A service that takes access tokens: it knows where the keys are published, and nothing else of Latchkey. Its clock is the app's. */
import { createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from "jose";
import type { Answer, Person, TestApp } from "./person.ts";

export const audience = "https://api.example.com";
const issuer = "http://accounts.test";
/** The settings of an app that has services. */
export const tokenSettings = { TOKEN_AUDIENCES: `${audience}, billing`, BASE_URL: issuer };

/** Asks for a token as a program with a session does. */
export async function requestToken(person: Person, body: object = { audience }, headers: Record<string, string> = {}): Promise<Answer> {
  const { csrfToken = "" } = (await person.opens("/token", { accept: "application/json" })).json() as { csrfToken?: string };
  return person.sendsJson("/token", body, { "x-csrf-token": csrfToken, ...headers });
}

export function tokenIn(answer: Answer): string {
  return (answer.json() as { access_token: string }).access_token;
}

/** What a service does with tokens: it fetches the keys over HTTP, and verifies by them. */
export function verifierFor(app: TestApp, own = audience): (token: string) => Promise<JWTVerifyResult> {
  const keys = fetchedKeys(app);
  return (token) => verify(app, token, keys, own);
}

export function fetchedKeys({ url }: TestApp) {
  return createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
}

export function verify({ s }: TestApp, token: string, keys: JWTVerifyGetKey, own = audience): Promise<JWTVerifyResult> {
  const currentDate = new Date(s.now());
  return jwtVerify(token, keys, { issuer, audience: own, algorithms: ["EdDSA"], typ: "at+jwt", currentDate });
}

export async function publishedKeys(app: TestApp): Promise<JSONWebKeySet> {
  return (await app.person().opens("/.well-known/jwks.json")).json() as JSONWebKeySet;
}
