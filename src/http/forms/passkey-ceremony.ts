/** Binds passkey ceremonies to the requesting browser. */
import { ceremonyMs } from "../../core/passkeys/challenges.ts";
import { type RelyingParty, relyingPartyOf } from "../../core/passkeys/relying-party.ts";
import type { Context } from "../context.ts";
import { readCookie, writeCookie } from "../request/cookies.ts";
import { answerJson } from "../response/respond.ts";

/** Throws where the site offers no passkeys: its routes do not exist there. */
export function relyingParty(c: Context): RelyingParty {
  const { settings } = c.get("s");
  const rp = relyingPartyOf(settings);
  if (!rp) throw new Error("This site offers no passkeys.");
  // In development without BASE_URL, the port of the request may be another one, as in tests.
  const host = c.req.header("host") ?? "";
  const isLocal = !settings.baseUrlIsGiven && /^(?:[a-z0-9-]+\.)*localhost(?::\d+)?$/.test(host);
  return isLocal ? { ...rp, origins: [...rp.origins, `http://${host}`] } : rp;
}

/** Secret of the browser that requests options: from its cookie, else a new one. A JSON client without cookies keeps it itself. */
export function startCeremony(c: Context): { readonly browser: string; readonly isKeptByClient: boolean } {
  const { body, isBearer } = { body: c.get("body"), isBearer: c.get("isBearer") };
  const isKeptByClient = isBearer || body["session"] === "token" || body["pending"] !== undefined;
  const known = isKeptByClient ? undefined : readSecret(readCookie(c, "passkey"));
  const browser = known ?? c.get("s").random(32).toString("base64url");
  // Two tabs share the cookie, so each request extends it.
  if (!isKeptByClient) writeCookie(c, "passkey", browser, ceremonyMs / 1_000);
  return { browser, isKeptByClient };
}

/** Secret of the browser that sends a response; empty without one, which matches no challenge. */
export function ceremonySecret(c: Context): string {
  const { ceremony } = c.get("body");
  return readSecret(ceremony) ?? readSecret(readCookie(c, "passkey")) ?? "";
}

function readSecret(sent: unknown): string | undefined {
  return typeof sent === "string" && /^[\w-]{43}$/.test(sent) ? sent : undefined;
}

/** Answers a script with the options for `navigator.credentials`. */
export function answerOptions(c: Context, publicKey: object, { browser, isKeptByClient }: ReturnType<typeof startCeremony>): Response {
  return answerJson(c, { publicKey, ...(isKeptByClient ? { ceremony: browser } : {}) });
}
