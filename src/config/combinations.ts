/** Rejects valid settings that do not work together. */
import { isIP } from "node:net";
import { isLocalName } from "../platform/local-name.ts";
import { isMemoryUrl } from "./parsers.ts";
import { languages } from "./sections/site.ts";
import type { Settings } from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

/** Throws {@link SettingsError} for the first combination that would do nothing, or lock users out. */
export function requireTogether(settings: Settings, ownLanguages: readonly string[]): void {
  requireTranslations(settings, ownLanguages);
  requireReachableHosts(settings);
  requireWayIn(settings);
  requirePasswordToRecover(settings);
  requireMailToConfirm(settings);
  requireMailToEnrol(settings);
  requireSharedMetrics(settings);
  requireCookieEnd(settings);
  requireLogo(settings);
  requireSharedDatabase(settings);
}

/** A recovery begins with the password, so without passwords the setting would do nothing. */
function requirePasswordToRecover({ passwords, recoveryByEmailMs }: Settings): void {
  if (passwords === "on" || recoveryByEmailMs === 0) return;
  throw new SettingsError("RECOVERY_BY_EMAIL must be off: a recovery begins with the password, and PASSWORDS is off.");
}

function requireTranslations({ languages: offered }: Settings, ownLanguages: readonly string[]): void {
  const available = [...new Set([...languages, ...ownLanguages])];
  const unknown = offered.find((tag) => !available.includes(tag));
  if (unknown === undefined) return;
  throw new SettingsError(
    `LANGUAGES includes ${unknown}, but there are only ${available.slice(0, -1).join(", ")} and ${available.at(-1)}.`,
  );
}

/** With several workers, a scrape of the shared port would reach one of them and count only its own requests. */
function requireSharedMetrics({ workers, metricsPort, metricsToken }: Settings): void {
  if (workers === 1 || metricsToken === undefined || metricsPort !== undefined) return;
  throw new SettingsError(
    "METRICS_PORT must be set if METRICS_TOKEN is set and WORKERS is more than 1: only that port reports all workers.",
  );
}

/** An in-memory database is visible to one process only. */
function requireSharedDatabase({ workers, databaseUrl }: Settings): void {
  if (workers === 1 || !isMemoryUrl(databaseUrl)) return;
  throw new SettingsError("WORKERS must be 1 if DATABASE_URL is sqlite::memory:, which only one process can use.");
}

function requireLogo({ themeLogo, themeLogoDark }: Settings): void {
  if (themeLogoDark && !themeLogo) throw new SettingsError("THEME_LOGO must be set if THEME_LOGO_DARK is set.");
}

/** Limits how long cookies signed by the previous app's key are accepted. */
function requireCookieEnd({ flaskSecretKeys, flaskCookiesUntil }: Settings): void {
  const [given, missing] = ["FLASK_SECRET_KEY", "FLASK_COOKIES_UNTIL"];
  if (flaskSecretKeys.length > 0 && flaskCookiesUntil === undefined)
    throw new SettingsError(`${missing} must be set if ${given} is set. Set it to the last day on which Flask cookies are accepted.`);
  if (flaskSecretKeys.length === 0 && flaskCookiesUntil !== undefined)
    throw new SettingsError(`${given} must be set if ${missing} is set: without it, no Flask cookie can be verified.`);
}

/** Redirect loop: a host that never receives the session cookie would send users to the login page forever. */
function requireReachableHosts({ baseUrl, cookieDomain, forwardAuthHosts }: Settings): void {
  const own = new URL(baseUrl).hostname;
  const isWithin = (host: string) => host === cookieDomain || host.endsWith(`.${cookieDomain}`);
  if (cookieDomain !== "" && !isWithin(own))
    throw new SettingsError(`COOKIE_DOMAIN must be the host of BASE_URL (${own}) or a parent domain of it, not ${cookieDomain}.`);
  const lost = forwardAuthHosts.find((host) => {
    const { hostname } = new URL(`http://${host}`);
    return cookieDomain === "" ? hostname !== own : !isWithin(hostname);
  });
  if (lost === undefined) return;
  throw new SettingsError(
    `FORWARD_AUTH_HOSTS includes ${lost}, which never receives the session cookie. Set COOKIE_DOMAIN to a domain that it shares with the host of BASE_URL (${own}).`,
  );
}

/** Lockout: without passwords, users log in with passkeys, emailed codes or a provider. */
function requireWayIn({ passwords, passkeys, emailLogin, providers, baseUrl, smtpUrl, isDeployed }: Settings): void {
  if (passwords === "on" || providers.length > 0) return;
  const { protocol, hostname } = new URL(baseUrl);
  // As in `passkeyObstacle`: browsers have passkeys on https and on localhost, and for no IP address.
  const mayHavePasskeys = isIP(hostname.replace(/^\[|\]$/g, "")) === 0 && (protocol === "https:" || isLocalName(hostname));
  if (passkeys === "on" && mayHavePasskeys) return;
  if (emailLogin === "on" && (smtpUrl !== undefined || !isDeployed)) return;
  throw new SettingsError(
    "PASSWORDS must be on: users could not log in. Passkeys are off or cannot work at this BASE_URL, EMAIL_LOGIN is off or has no SMTP_URL, and PROVIDERS is empty.",
  );
}

/** Without email, no account could ever be verified. */
function requireMailToConfirm({ isDeployed, signup, smtpUrl }: Settings): void {
  if (!isDeployed || signup !== "confirm" || smtpUrl !== undefined) return;
  throw new SettingsError("SMTP_URL must be set if SIGNUP is confirm. Set it, or set SIGNUP to open or closed.");
}

/** Forced enrolment asks for a code by email, so without email no account could ever enrol. */
function requireMailToEnrol({ isDeployed, twoFactor, smtpUrl }: Settings): void {
  if (!isDeployed || twoFactor.length === 0 || smtpUrl !== undefined) return;
  throw new SettingsError("SMTP_URL must be set if TWO_FACTOR is not optional. Set it, or set TWO_FACTOR to optional.");
}
