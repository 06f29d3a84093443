/** Turns errors of the protocol into refusals. */
import * as oauth from "oauth4webapi";
import type { Provider } from "./provider.ts";
import { excerpt, ProviderError } from "./provider-error.ts";

/** Codes that mean that the user went back, or that the provider's administrators said no. */
const denials: ReadonlySet<string> = new Set([
  "access_denied",
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
  "user_cancelled_authorize",
  "user_cancelled_login",
]);
const outages: ReadonlySet<string> = new Set(["temporarily_unavailable", "server_error"]);
/** Codes of a token endpoint for a code that is old or was used. */
const usedCodes: ReadonlySet<string> = new Set(["invalid_grant", "bad_verification_code", "invalid_code", "code_already_used"]);
const wrongClients: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "incorrect_client_credentials",
  "invalid_client_id",
  "bad_client_secret",
]);

/** Returns a {@link ProviderError}; other errors of a bug unchanged. */
export function refusalOf(error: unknown, provider: Provider): unknown {
  if (error instanceof ProviderError) return error;
  if (error instanceof oauth.AuthorizationResponseError) return authorizationRefusal(error);
  if (error instanceof oauth.ResponseBodyError) return tokenRefusal(error, provider);
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return new ProviderError("misconfigured", `The provider refused the request (${error.status}). ${secretAdvice(provider)}`);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (cause instanceof ProviderError) return cause;
  if (code === oauth.JWT_TIMESTAMP_CHECK) return new ProviderError("clock", clockProblem(error as Error));
  const isExpected = error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError;
  // The library throws a TypeError for a malformed JWT and for claims of a wrong type.
  if (isExpected || (typeof code === "string" && code.startsWith("ERR_INVALID_ARG")))
    return new ProviderError("bad-answer", excerpt((error as Error).message));
  return error;
}

function authorizationRefusal({ error, error_description: description }: oauth.AuthorizationResponseError): ProviderError {
  const reason = denials.has(error) ? "denied" : outages.has(error) ? "unreachable" : "bad-answer";
  return new ProviderError(reason, `The provider answered ${quoted(error, description)}.`);
}

function tokenRefusal({ error, error_description: description }: oauth.ResponseBodyError, provider: Provider): ProviderError {
  const text = `The token endpoint answered ${quoted(error, description)}.`;
  if (usedCodes.has(error)) return new ProviderError("expired", text);
  // Facebook and Twitch tell it in words alone.
  const isClient = wrongClients.has(error) || /client[_ ]secret|invalid client/i.test(description ?? "");
  return isClient ? new ProviderError("misconfigured", `${text} ${secretAdvice(provider)}`) : new ProviderError("bad-answer", text);
}

function quoted(error: string, description: string | undefined): string {
  return description === undefined ? excerpt(error) : `${excerpt(error)}: ${excerpt(description).replace(/\.$/, "")}`;
}

/** Names the settings to correct. */
function secretAdvice({ id, key }: Provider): string {
  const prefix = `PROVIDER_${id.toUpperCase().replaceAll("-", "_")}`;
  return `Check ${prefix}_CLIENT_ID and ${key ? `${prefix}_KEY_FILE, _KEY_ID and _TEAM_ID` : `${prefix}_SECRET`}.`;
}

/** Names the claim and by how many seconds it is off. */
function clockProblem(error: Error): string {
  const { claims, claim, now } = (error.cause ?? {}) as { claims?: Record<string, unknown>; claim?: string; now?: number };
  const at = claims?.[claim ?? ""];
  if (typeof at !== "number" || now === undefined) return "The times of the ID token do not fit the clock of this server.";
  const side = at < now ? "ago" : "in the future";
  return `The time ${claim} of the ID token is ${Math.abs(Math.round(at - now))} seconds ${side}. Check the clock of this server.`;
}
