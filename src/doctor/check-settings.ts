/** Checks valid settings for unsafe values and combinations. */

import type { Settings } from "../config/load.ts";
import { isLoopback } from "../core/mail/mailer.ts";
import { offersPasskeys } from "../core/passkeys/availability.ts";
import { readPostgresUrl } from "../platform/postgres-url.ts";
import { checkPasskeySettings } from "./check-passkeys.ts";
import { checkProviderSettings } from "./check-providers.ts";
import type { Finding } from "./findings.ts";

export function checkSettings(settings: Settings, now: number): Finding[] {
  return [
    ...checkSecrets(settings.secretKeys, secretKey),
    ...checkSecrets(
      settings.flaskSecretKeys.map((key) => key.replace(/^hex:/, "")),
      flaskSecretKey,
    ),
    ...checkFlaskCookies(settings, now),
    ...checkEnvironment(settings),
    ...checkBaseUrl(settings),
    ...checkProxy(settings),
    ...checkSmtp(settings),
    ...checkLoginName(settings),
    ...checkEmailLogin(settings),
    ...checkContact(settings),
    ...checkDatabaseUrl(settings),
    ...checkPasskeySettings(settings),
    ...checkProviderSettings(settings),
  ];
}

/** Text of example keys; a random key practically never matches. */
const examplePatterns = /example|change[ ._-]?me|placeholder|secret[ ._-]?key|your[ ._-]?(?:own|key|secret)|latchkey|password|test key/i;
const minDistinctCharacters = 10;

/** The parts of a finding that depend on the kind of key. */
type KeyFinding = Pick<Finding, "setting" | "risk" | "fix">;

const secretKey: KeyFinding = {
  setting: "SECRET_KEY",
  risk: "Anyone who guesses it can forge cookies and read queued emails.",
  fix: "Generate one with: npx latchkey secrets generate",
};
const flaskSecretKey: KeyFinding = {
  setting: "FLASK_SECRET_KEY",
  risk: "Anyone who guesses it, or has seen it in the code of the Flask app, can log in as any user.",
  fix: "Remove it; users then log in once.",
};

function checkSecrets(keys: readonly string[], about: KeyFinding): Finding[] {
  return keys.flatMap((key, i) => checkSecret(key, keys.length > 1 ? `Key ${i + 1}` : "The key", about));
}

function checkSecret(key: string, label: string, about: KeyFinding): Finding[] {
  const distinct = new Set(key).size;
  const problem =
    (distinct === 1 && `${label} repeats one character.`) ||
    (isRepeated(key) && `${label} repeats a few characters.`) ||
    (distinct < minDistinctCharacters && `${label} has only ${distinct} different characters.`) ||
    (examplePatterns.test(key) && `${label} looks like an example.`) ||
    (/\s/.test(key) && `${label} contains spaces, so it is probably not random.`);
  return problem ? [{ level: "error", problem, ...about }] : [];
}

function checkFlaskCookies({ flaskCookiesUntil = Number.POSITIVE_INFINITY }: Settings, now: number): Finding[] {
  if (now < flaskCookiesUntil) return [];
  const risk = "The Flask key is no longer used.";
  const fix = "Remove it and FLASK_SECRET_KEY.";
  return [{ level: "warning", setting: "FLASK_COOKIES_UNTIL", problem: "That day has passed.", risk, fix }];
}

function isRepeated(key: string): boolean {
  const lengths = Array.from({ length: Math.floor(key.length / 2) }, (_, i) => i + 1);
  return lengths.some((length) => [...key].every((character, i) => character === key[i % length]));
}

function checkEnvironment({ environment, deployedBy, host, smtpUrl, baseUrlIsGiven }: Settings): Finding[] {
  if (environment === "production") return [];
  if (deployedBy !== undefined) {
    const problem = `It is ${environment}, although ${deployedBy}.`;
    const risk = "This counts as production: /dev/mailbox is off and emails are not logged.";
    return [{ level: "warning", setting: "NODE_ENV", problem, risk, fix: "Set it to production." }];
  }
  if (isLocalHost(host)) {
    const problem = `It is ${environment}.`;
    const risk = "Emails and their links are logged, and production checks are off.";
    return [{ level: "warning", setting: "NODE_ENV", problem, risk, fix: "Set it to production on a deployment." }];
  }
  const exposed: Finding = {
    level: "error",
    setting: "NODE_ENV",
    problem: `It is ${environment}, but HOST accepts other machines.`,
    risk: "Emails and their links are logged, and production checks are off.",
    fix: "Set it to production.",
  };
  const unreachable: Finding = {
    level: "warning",
    setting: "BASE_URL",
    problem: `It is not set, but HOST is ${host}.`,
    risk: "Links in emails lead to localhost, and forms are rejected.",
    fix: "Set it to the public URL.",
  };
  return [...(smtpUrl === undefined ? [exposed] : []), ...(baseUrlIsGiven ? [] : [unreachable])];
}

function isLocalHost(host: string): boolean {
  return isLoopback(host) || host === "::1";
}

function checkBaseUrl({ isDeployed, baseUrl }: Settings): Finding[] {
  if (!isDeployed) return [];
  const { hostname, protocol } = new URL(baseUrl);
  const setting = "BASE_URL";
  const fix = "Set it to the public https URL.";
  if (/^(?:0\.0\.0\.0|\[::\])$/.test(hostname))
    return [{ level: "error", setting, problem: `Its host is ${hostname}.`, risk: "Links in emails do not work.", fix }];
  if (isLoopback(hostname))
    return [
      { level: "warning", setting, problem: `Its host is ${hostname}.`, risk: "Links in emails lead to the recipient's own machine.", fix },
    ];
  if (protocol === "https:") return [];
  const risk = "Without HTTPS, sessions can be intercepted.";
  return [{ level: "error", setting, problem: "It is http.", risk, fix }];
}

function checkProxy({ isDeployed, baseUrl, trustedProxies }: Settings): Finding[] {
  const setting = "TRUST_PROXY";
  if (trustedProxies.some(([, bits]) => bits < 8)) {
    const risk = "Anyone can spoof their IP address and bypass rate limits.";
    return [{ level: "error", setting, problem: "It trusts too many IP addresses.", risk, fix: "Set it to the IP address of the proxy." }];
  }
  const isBehindOne = isDeployed && baseUrl.startsWith("https:");
  if (!isBehindOne || trustedProxies.length > 0) return [];
  const risk = "All users share the IP address of the proxy: one attacker can exhaust the limit for all users.";
  const fix = "Set it to the IP address of the proxy, such as 127.0.0.1.";
  return [{ level: "warning", setting, problem: "It is not set, although an https BASE_URL needs a proxy.", risk, fix }];
}

function checkSmtp({ isDeployed, smtpUrl, passwords }: Settings): Finding[] {
  const setting = "SMTP_URL";
  if (smtpUrl === undefined) {
    if (!isDeployed) return [];
    const risk = passwords === "on" ? "Users cannot reset passwords and get no security notices." : "Users get no security notices.";
    return [{ level: "warning", setting, problem: "It is not set.", risk, fix: "Set it to an SMTP server." }];
  }
  const url = new URL(smtpUrl);
  if (isLoopback(url.hostname) || url.searchParams.get("tls") !== "optional") return [];
  const risk = "Emails with their links, and the SMTP password, can be intercepted.";
  return [{ level: "warning", setting, problem: "It allows unencrypted connections.", risk, fix: "Remove ?tls=optional." }];
}

function checkLoginName({ isDeployed, loginWith, smtpUrl }: Settings): Finding[] {
  if (!isDeployed || loginWith !== "username" || smtpUrl !== undefined) return [];
  const problem = "It is username, and SMTP_URL is not set.";
  const risk = "Users who forget their username cannot recover it.";
  return [{ level: "warning", setting: "LOGIN_WITH", problem, risk, fix: "Set SMTP_URL, or set it to both." }];
}

function checkEmailLogin({ isDeployed, emailLogin, smtpUrl }: Settings): Finding[] {
  if (!isDeployed || emailLogin === "off" || smtpUrl !== undefined) return [];
  const risk = "The login page offers no codes by email, because none could be sent.";
  return [{ level: "warning", setting: "EMAIL_LOGIN", problem: "It is on, and SMTP_URL is not set.", risk, fix: "Set SMTP_URL." }];
}

function checkContact(settings: Settings): Finding[] {
  const { isDeployed, contactUrl, twoFactor } = settings;
  if (!isDeployed || contactUrl !== undefined || (twoFactor.length === 0 && !offersPasskeys(settings))) return [];
  const lost = twoFactor.length > 0 ? "second factor" : "passkeys";
  const risk = `Users who lose their ${lost} are told to ask the people who run the site, but not how.`;
  const fix = "Set it to your help page, or to an email address such as mailto:help@example.com.";
  return [{ level: "warning", setting: "CONTACT_URL", problem: "It is not set.", risk, fix }];
}

function checkDatabaseUrl({ databaseUrl }: Settings): Finding[] {
  if (databaseUrl.startsWith("sqlite:")) return [];
  const urls = readPostgresUrl(databaseUrl)?.hosts.map(({ url }) => new URL(url)) ?? [];
  const isPlain = ({ hostname, searchParams }: URL) =>
    !/^(?:require|verify-ca|verify-full)$/.test(searchParams.get("sslmode") ?? "") &&
    !(hostname === "" || isLoopback(hostname) || searchParams.has("host"));
  if (!urls.some(isPlain)) return [];
  const risk = "Usernames, emails and password hashes can be intercepted.";
  const fix = "Add ?sslmode=verify-full, unless the network is private.";
  return [{ level: "warning", setting: "DATABASE_URL", problem: "The connection is not encrypted.", risk, fix }];
}
