/** Every setting once: its name in the environment, what it takes, its default and what it means. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { asDatabaseUrl, asOrigin, asRanges, budget, duration, durationOrNone, wholeNumber } from "../parsers.ts";
import { row, type SettingRow } from "../setting.ts";
import { serviceSettings } from "./access-tokens.ts";
import { mailSettings } from "./mail.ts";
import { movingSettings } from "./migrating.ts";
import { watchingSettings } from "./observability.ts";
import { servingSettings } from "./server.ts";

export const table = {
  port: row("PORT", "5050", wholeNumber(0, 65_535), "a whole number from 0 to 65535", "The port to listen on; 0 takes any free one."),
  host: row(
    "HOST",
    "127.0.0.1",
    z.string().min(1),
    "an address of this machine",
    "The address to listen on. Behind a proxy on the same machine, leave it.",
  ),
  environment: row(
    "NODE_ENV",
    "development",
    z.enum(["development", "production", "test"]),
    "development, production or test",
    "In production, `SECRET_KEY` and `BASE_URL` must be set. Where it was forgotten, an https `BASE_URL`, one of another machine, or `TRUST_PROXY` counts as production too: `SECRET_KEY` must be set, and letters are shown to nobody.",
  ),
  databaseUrl: row(
    "DATABASE_URL",
    "sqlite:var/latchkey.sqlite",
    z.string().transform(asDatabaseUrl),
    "sqlite: and the path of a file, such as sqlite:/var/lib/latchkey.sqlite, or a URL such as postgres://name:password@host/database, which may have several hosts separated by commas",
    "Where everything is kept. The folder of a file is made when it is missing; `sqlite::memory:` lasts as long as the process, for tests; a PostgreSQL database is made ready by `latchkey migrate`, and may have several hosts, of which the one that takes writes is used (docs/scaling.md).",
    "secret",
  ),
  databaseConnections: row(
    "DATABASE_CONNECTIONS",
    "10",
    wholeNumber(1, 1_000),
    "a whole number from 1 to 1000",
    "The most connections to PostgreSQL that one process holds.",
  ),
  databaseTimeoutMs: row(
    "DATABASE_TIMEOUT",
    "5s",
    duration(600_000),
    "a time such as 5s, of 10m at most",
    "How long one query to PostgreSQL may take, how long it waits for a connection, and how long a write to SQLite waits for others. Past it, the answer is 503 with `Retry-After`.",
  ),
  databasePooler: row(
    "DATABASE_POOLER",
    "none",
    z.enum(["none", "transaction"]),
    "none or transaction",
    "`transaction`: a pooler such as PgBouncer hands each transaction another connection, so no statement is prepared and no limit is set on one.",
  ),
  workers: row(
    "WORKERS",
    "1",
    z.union([z.literal("auto").transform(() => availableParallelism()), wholeNumber(1, 256)]),
    "auto or a whole number from 1 to 256",
    "How many processes share the port; `auto` is one for each processor. Told SIGHUP, they are renewed one by one.",
  ),
  secretKeys: row(
    "SECRET_KEY",
    undefined,
    z
      .string()
      .transform((text) => text.split(",").map((key) => key.trim()))
      .refine((keys) => keys.every((key) => key.length >= 32))
      .meta({ option: "string | readonly string[]" }),
    "one or more keys of at least 32 characters, separated by commas",
    "Signs cookies: the first key signs, all of them verify, so a key can be replaced without logging anyone out. Without it, development makes one and keeps it in `var/secret-key`.",
    "secret",
  ),
  baseUrl: row(
    "BASE_URL",
    undefined,
    z.string().transform(asOrigin),
    "the address people open, such as https://accounts.example.com, without a path",
    "Decides whether cookies are `Secure`, and which origin forms may come from. Without it, development takes `http://localhost:PORT`.",
  ),
  siteName: row(
    "SITE_NAME",
    "Latchkey",
    z.string().trim().min(1).max(60),
    "a name of 1 to 60 characters",
    "The name in titles and headings.",
  ),
  signup: row(
    "SIGNUP",
    undefined,
    z.enum(["open", "confirm", "closed"]),
    "open, confirm or closed",
    "Whether people can sign up themselves. `confirm`: only with an address that they confirm, and nobody learns which addresses have an account; the default as soon as `SMTP_URL` is set. `open`, the default without it: at once, and the form says when an address is taken. `closed`: `/signup` answers 404 and nothing links to it.",
  ),
  trustedProxies: row(
    "TRUST_PROXY",
    "",
    z.string().transform(asRanges).meta({ option: "string | readonly string[]" }),
    "addresses or CIDR ranges separated by commas, such as 127.0.0.1, 10.0.0.0/8",
    "Proxies whose `X-Forwarded-For` is believed. Set it when a proxy stands in front, or all visitors share one address and its limits.",
  ),
  ...mailSettings,
  logLevel: row(
    "LOG_LEVEL",
    "info",
    z.enum(["silent", "error", "warn", "info", "debug"]),
    "silent, error, warn, info or debug",
    "How much is logged.",
  ),

  ...servingSettings,
  ...movingSettings,
  ...serviceSettings,
  ...watchingSettings,

  sessionIdleMs: row("SESSION_IDLE", "12h", duration(), "a time such as 30m, 12h or 7d", "A session ends after this long without a visit."),
  sessionLifetimeMs: row(
    "SESSION_LIFETIME",
    "24h",
    duration(),
    "a time such as 30m, 12h or 7d",
    "A session ends this long after the login, whatever happens.",
  ),
  rememberIdleMs: row(
    "REMEMBER_IDLE",
    "7d",
    duration(),
    "a time such as 30m, 12h or 7d",
    "The same as `SESSION_IDLE`, with “remember me”.",
  ),
  rememberLifetimeMs: row(
    "REMEMBER_LIFETIME",
    "30d",
    duration(30 * 24 * 3_600_000),
    "a time of 30d at most",
    "The same as `SESSION_LIFETIME`, with “remember me”. NIST allows 30 days at most.",
  ),

  reauthenticateAfterMs: row(
    "REAUTHENTICATE_AFTER",
    "15m",
    duration(),
    "a time such as 30m, 12h or 7d",
    "What could take an account over asks for the password again when it was last given longer ago than this.",
  ),
  sessionsPerAccount: row(
    "SESSIONS_PER_ACCOUNT",
    "100",
    wholeNumber(1, 10_000),
    "a whole number from 1 to 10000",
    "How many devices an account may be logged in on. One more ends the session that was not used for the longest time.",
  ),
  auditRetentionMs: row(
    "AUDIT_RETENTION",
    "90d",
    duration(),
    "a time such as 30m, 12h or 7d",
    "How long is kept what happened to accounts.",
  ),
  deleteAfterMs: row(
    "DELETE_AFTER",
    "7d",
    durationOrNone(),
    "a time such as 30m, 12h or 7d, or 0 for at once",
    "How long after its owner asked for it an account is erased. Logging in before then cancels. `0`: at once.",
  ),

  usernameReleaseAfterMs: row(
    "USERNAME_RELEASE_AFTER",
    "30d",
    durationOrNone(),
    "a time such as 30m, 12h or 7d, or 0 for not at all",
    "How long nobody else can take a username that was changed or whose account was erased. Only keyed hashes are kept meanwhile. `0`: not at all.",
  ),

  passwordMinLength: row(
    "PASSWORD_MIN_LENGTH",
    "8",
    wholeNumber(8, 64),
    "a whole number from 8 to 64",
    "The fewest characters of a new password. NIST asks for 15 where a password stands alone.",
  ),
  passwordRules: row(
    "PASSWORD_RULES",
    "none",
    z.enum(["none", "upper-and-digit"]),
    "none or upper-and-digit",
    "`upper-and-digit` demands a capital letter and a digit, for those who must. OWASP and NIST advise against it.",
  ),
  breachedPasswordsUrl: row(
    "BREACHED_PASSWORDS_URL",
    "",
    z.string().refine((text) => text === "" || /^https?:$/.test(URL.parse(text)?.protocol ?? "")),
    "empty, or the URL of a range API such as https://api.pwnedpasswords.com/range/",
    "Where to ask whether a new password has turned up in stolen data. Five letters of its hash are sent, never the password. Off while it is empty; a service that does not answer within a second stops nobody.",
  ),
  hashQueue: row(
    "HASH_QUEUE",
    "500",
    wholeNumber(1, 100_000),
    "a whole number from 1 to 100000",
    "How many passwords may wait to be checked. Past it, whoever asks for most gets 503 with `Retry-After`.",
  ),

  loginPerAccount: row("LIMIT_LOGIN_PER_ACCOUNT", "10/1m", budget(), "a count over a time, such as 10/1m", "Failed logins to one account."),
  loginPerIp: row(
    "LIMIT_LOGIN_PER_IP",
    "100/10m",
    budget(),
    "a count over a time, such as 10/1m",
    "Failed logins from one address; an IPv6 /64 is one address.",
  ),
  loginPerSite: row("LIMIT_LOGIN_PER_SITE", "10000/10m", budget(), "a count over a time, such as 10/1m", "Failed logins in all."),
  loginPerDevice: row(
    "LIMIT_LOGIN_PER_DEVICE",
    "10/1m",
    budget(),
    "a count over a time, such as 10/1m",
    "Failed logins to one account from a browser that has logged in to it before. It counts apart, so an attacker cannot lock an owner out.",
  ),
  emailsPerInbox: row(
    "LIMIT_EMAILS_PER_INBOX",
    "5/1h",
    budget(),
    "a count over a time, such as 10/1m",
    "Letters to one address that somebody asked for by a form. Those of signing up count apart from all others.",
  ),
  emailsPerInboxLong: row(
    "LIMIT_EMAILS_PER_INBOX_LONG",
    "15/1d",
    budget(),
    "a count over a time, such as 10/1m",
    "The same over a longer time, so that nobody’s mailbox is filled hour after hour.",
  ),
  emailsPerInboxAndIp: row(
    "LIMIT_EMAILS_PER_INBOX_AND_IP",
    "4/8h",
    budget(),
    "a count over a time, such as 10/1m",
    "Letters to one address that were asked for from one network address. Keep it below the two before it, or one network can spend what its owner needs.",
  ),
  emailsPerDevice: row(
    "LIMIT_EMAILS_PER_DEVICE",
    "10/1d",
    budget(),
    "a count over a time, such as 10/1m",
    "Letters for a new password of one account, asked for in browsers that have logged in to it before. It counts apart, so strangers cannot keep an owner from them.",
  ),
  noticesPerInbox: row(
    "LIMIT_NOTICES_PER_INBOX",
    "10/1h",
    budget(),
    "a count over a time, such as 10/1m",
    "Notices to one address of what was done to an account. Past it, one of each kind goes out in an hour.",
  ),
  emailsPerIp: row(
    "LIMIT_EMAILS_PER_IP",
    "30/1h",
    budget(),
    "a count over a time, such as 10/1m",
    "Letters that were asked for from one network address.",
  ),
  codesPerIp: row(
    "LIMIT_CODES_PER_IP",
    "30/10m",
    budget(),
    "a count over a time, such as 10/1m",
    "Codes and links tried from one network address.",
  ),
  passwordChanges: row(
    "LIMIT_PASSWORD_CHANGES",
    "10/1h",
    budget(),
    "a count over a time, such as 10/1m",
    "How often an account’s password can be changed in the settings.",
  ),
  signupPerIp: row(
    "LIMIT_SIGNUP_PER_IP",
    "20/1h",
    budget(),
    "a count over a time, such as 10/1m",
    "Accounts made, or names and addresses tried, from one address.",
  ),
} satisfies Record<string, SettingRow<unknown>>;
