/** Checks the settings against each other and against what is known to go wrong: each can be read, and may still be unsafe. */

import type { Settings } from "../config/load.ts";
import { isLoopback } from "../core/mail/mailer.ts";
import { readPostgresUrl } from "../platform/postgres-url.ts";
import type { Finding } from "./findings.ts";

export function checkSettings(settings: Settings, now: number): Finding[] {
  return [
    ...checkSecrets(settings.secretKeys, ownKey),
    ...checkSecrets(
      settings.flaskSecretKeys.map((key) => key.replace(/^hex:/, "")),
      flaskKey,
    ),
    ...checkWindow(settings, now),
    ...checkEnvironment(settings),
    ...checkBaseUrl(settings),
    ...checkProxy(settings),
    ...checkLetters(settings),
    ...checkDatabaseUrl(settings),
  ];
}

/** Words that stand in examples and in keys that somebody meant to replace. A key by chance holds none of them. */
const exampleWords = /example|change[ ._-]?me|placeholder|secret[ ._-]?key|your[ ._-]?(?:own|key|secret)|latchkey|password|test key/i;
const fewestCharacters = 10;

/** What a finding says of a key of one setting. */
type OfKey = Pick<Finding, "setting" | "why" | "change">;

const ownKey: OfKey = {
  setting: "SECRET_KEY",
  why: "Whoever guesses it forges cookies and reads letters under way.",
  change: "Generate one: `latchkey secrets generate`.",
};
const flaskKey: OfKey = {
  setting: "FLASK_SECRET_KEY",
  why: "Whoever guesses it, or found it in the old application's code, logs in as anybody.",
  change: "Take it away: people then log in once.",
};

function checkSecrets(keys: readonly string[], ofKey: OfKey): Finding[] {
  return keys.flatMap((key, i) => checkSecret(key, keys.length > 1 ? `Key ${i + 1}` : "The key", ofKey));
}

function checkSecret(key: string, named: string, ofKey: OfKey): Finding[] {
  const kinds = new Set(key).size;
  const what =
    (kinds === 1 && `${named} is one character, repeated.`) ||
    (isRepeated(key) && `${named} is a few characters, repeated.`) ||
    (kinds < fewestCharacters && `${named} is made of ${kinds} different characters only.`) ||
    (exampleWords.test(key) && `${named} looks like one from an example.`) ||
    (/\s/.test(key) && `${named} holds whitespace, as a text does that somebody thought of.`);
  return what ? [{ level: "error", what, ...ofKey }] : [];
}

function checkWindow({ flaskCookiesUntil = Number.POSITIVE_INFINITY }: Settings, now: number): Finding[] {
  if (now < flaskCookiesUntil) return [];
  const why = "The old key is kept for nothing.";
  const change = "Take it and FLASK_SECRET_KEY away.";
  return [{ level: "warning", setting: "FLASK_COOKIES_UNTIL", what: "That day is over.", why, change }];
}

function isRepeated(key: string): boolean {
  const lengths = Array.from({ length: Math.floor(key.length / 2) }, (_, i) => i + 1);
  return lengths.some((length) => [...key].every((character, i) => character === key[i % length]));
}

function checkEnvironment({ environment, deployedBy, host, smtpUrl, baseUrlIsGiven }: Settings): Finding[] {
  if (environment === "production") return [];
  if (deployedBy !== undefined) {
    const what = `It is ${environment}, though ${deployedBy}.`;
    const why = "So this counts as production: /dev/mailbox is not there, and no letter stands in the log.";
    return [{ level: "warning", setting: "NODE_ENV", what, why, change: "Set it to production." }];
  }
  if (setVisitor(host)) {
    const what = `It is ${environment}.`;
    const why = "Letters with their links stand in the log, and what holds in production is not checked.";
    return [{ level: "warning", setting: "NODE_ENV", what, why, change: "Set it to production where people log in." }];
  }
  const open: Finding = {
    level: "error",
    setting: "NODE_ENV",
    what: `It is ${environment}, and HOST lets others in.`,
    why: "Letters with their links stand in the log, and what holds in production is not checked.",
    change: "Set it to production.",
  };
  const lost: Finding = {
    level: "warning",
    setting: "BASE_URL",
    what: `It is not set, and HOST is ${host}.`,
    why: "Links in letters lead to localhost, and forms from elsewhere are refused.",
    change: "Set it to the address that people open.",
  };
  return [...(smtpUrl === undefined ? [open] : []), ...(baseUrlIsGiven ? [] : [lost])];
}

function setVisitor(host: string): boolean {
  return isLoopback(host) || host === "::1";
}

function checkBaseUrl({ isDeployed, baseUrl }: Settings): Finding[] {
  if (!isDeployed) return [];
  const { hostname, protocol } = new URL(baseUrl);
  const setting = "BASE_URL";
  const change = "Set it to the https address that people open.";
  if (/^(?:0\.0\.0\.0|\[::\])$/.test(hostname))
    return [{ level: "error", setting, what: `Its host is ${hostname}.`, why: "No link in a letter can be opened.", change }];
  if (isLoopback(hostname))
    return [
      { level: "warning", setting, what: `Its host is ${hostname}.`, why: "Links in letters lead to their reader's own machine.", change },
    ];
  if (protocol === "https:") return [];
  const why = "Cookies are not Secure: whoever listens on the way takes sessions over.";
  return [{ level: "error", setting, what: "It begins with http.", why, change }];
}

function checkProxy({ isDeployed, baseUrl, trustedProxies }: Settings): Finding[] {
  const setting = "TRUST_PROXY";
  if (trustedProxies.some(([, bits]) => bits < 8)) {
    const why = "Anybody chooses an address by a header, and so escapes every limit that goes by it.";
    return [{ level: "error", setting, what: "It trusts everybody, or nearly.", why, change: "Name the proxy's own address." }];
  }
  const isBehindOne = isDeployed && baseUrl.startsWith("https:");
  if (!isBehindOne || trustedProxies.length > 0) return [];
  const why = "All visitors have the proxy's address and share its limits: one who guesses keeps everybody out.";
  const change = "Name the proxy that speaks https, such as 127.0.0.1.";
  return [{ level: "warning", setting, what: "It is not set, though a proxy must stand in front.", why, change }];
}

function checkLetters({ isDeployed, smtpUrl }: Settings): Finding[] {
  const setting = "SMTP_URL";
  if (smtpUrl === undefined) {
    if (!isDeployed) return [];
    const why = "Nobody can reset a password, and no notice reaches anybody.";
    return [{ level: "warning", setting, what: "It is not set.", why, change: "Name a mail server." }];
  }
  const url = new URL(smtpUrl);
  if (isLoopback(url.hostname) || url.searchParams.get("tls") !== "optional") return [];
  const why = "Whoever sits in between can read letters with their links, and the password of the mail server.";
  return [{ level: "warning", setting, what: "It lets encryption go.", why, change: "Take ?tls=optional away." }];
}

function checkDatabaseUrl({ databaseUrl }: Settings): Finding[] {
  if (databaseUrl.startsWith("sqlite:")) return [];
  const urls = readPostgresUrl(databaseUrl)?.hosts.map(({ url }) => new URL(url)) ?? [];
  const isPlain = ({ hostname, searchParams }: URL) =>
    !/^(?:require|verify-ca|verify-full)$/.test(searchParams.get("sslmode") ?? "") &&
    !(hostname === "" || isLoopback(hostname) || searchParams.has("host"));
  if (!urls.some(isPlain)) return [];
  const why = "Whoever can listen between the two reads names, addresses and hashes.";
  const change = "Add ?sslmode=verify-full, unless nobody can.";
  return [{ level: "warning", setting: "DATABASE_URL", what: "The connection is not encrypted.", why, change }];
}
