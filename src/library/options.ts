/** The settings as options: made by `npm run docs` from the table of settings. */
// biome-ignore-all format: it is not written by hand

/** A time, such as `30m`, `12h` or `7d`. */
export type Duration = `${number}${"s" | "m" | "h" | "d"}`;
/** A count over a time, such as `10/1m`. */
export type Limit = `${number}/${number}${"s" | "m" | "h" | "d"}`;

export interface SettingOptions {
  /** In production, `secretKey` and `baseUrl` must be set. Where it was forgotten, an https `baseUrl`, one of another machine, or `trustProxy` counts as production too: `secretKey` must be set, and letters are shown to nobody. It must be development, production or test. Default: `development`. */
  readonly nodeEnv?: "development" | "production" | "test" | undefined;
  /** Where everything is kept. The folder of a file is made when it is missing; `sqlite::memory:` lasts as long as the process, for tests; a PostgreSQL database is made ready by `latchkey migrate`, and may have several hosts, of which the one that takes writes is used (docs/scaling.md). It must be sqlite: and the path of a file, such as sqlite:/var/lib/latchkey.sqlite, or a URL such as postgres://name:password@host/database, which may have several hosts separated by commas. Default: `sqlite:var/latchkey.sqlite`. */
  readonly databaseUrl?: string | undefined;
  /** The most connections to PostgreSQL that one process holds. It must be a whole number from 1 to 1000. Default: `10`. */
  readonly databaseConnections?: number | undefined;
  /** How long one query to PostgreSQL may take, how long it waits for a connection, and how long a write to SQLite waits for others. Past it, the answer is 503 with `Retry-After`. It must be a time such as 5s, of 10m at most. Default: `5s`. */
  readonly databaseTimeout?: Duration | undefined;
  /** `transaction`: a pooler such as PgBouncer hands each transaction another connection, so no statement is prepared and no limit is set on one. It must be none or transaction. Default: `none`. */
  readonly databasePooler?: "none" | "transaction" | undefined;
  /** Signs cookies: the first key signs, all of them verify, so a key can be replaced without logging anyone out. Without it, development makes one and keeps it in `var/secret-key`. It must be one or more keys of at least 32 characters, separated by commas. */
  readonly secretKey?: string | readonly string[] | undefined;
  /** Decides whether cookies are `Secure`, and which origin forms may come from. Without it, development takes `http://localhost:PORT`. It must be the address people open, such as https://accounts.example.com, without a path. */
  readonly baseUrl?: string | undefined;
  /** The name in titles and headings. It must be a name of 1 to 60 characters. Default: `Latchkey`. */
  readonly siteName?: string | undefined;
  /** Whether people can sign up themselves. `confirm`: only with an address that they confirm, and nobody learns which addresses have an account; the default as soon as `smtpUrl` is set. `open`, the default without it: at once, and the form says when an address is taken. `closed`: `/signup` answers 404 and nothing links to it. It must be open, confirm or closed. */
  readonly signup?: "open" | "confirm" | "closed" | undefined;
  /** Proxies whose `X-Forwarded-For` is believed. Set it when a proxy stands in front, or all visitors share one address and its limits. It must be addresses or CIDR ranges separated by commas, such as 127.0.0.1, 10.0.0.0/8. */
  readonly trustProxy?: string | readonly string[] | undefined;
  /** The mail server. STARTTLS is demanded of every host but this machine; `?tls=optional` at the end of the URL lets it go. Without the setting, development keeps letters at `/dev/mailbox`. It must be a URL such as smtp://name:password@mail.example.com:587 or smtps://…. */
  readonly smtpUrl?: string | undefined;
  /** What the program calls itself to the mail server (EHLO), which some refuse unless it is a full name. Without it, the host of `baseUrl`. It must be a host name such as accounts.example.com, or an IP address in square brackets. */
  readonly smtpName?: string | undefined;
  /** Who letters come from. Without it, `siteName <no-reply@HOST>`, with the host of `baseUrl`. It must be an address, or a name and an address such as Example <no-reply@example.com>. */
  readonly mailFrom?: string | undefined;
  /** What a logout has the browser clear beside our cookies: `storage` takes what scripts stored for the host of `baseUrl` (`localStorage`, IndexedDB, service workers), an app’s on the same host too. It must be none or storage. Default: `none`. */
  readonly clearSiteData?: "none" | "storage" | undefined;
  /** Only after moving in from Devise (its `pepper`) or Flask-Security (`SECURITY_PASSWORD_SALT`): their hashes fit nothing without it. It can go when everybody has logged in once (docs/moving-in.md). It must be the secret that the old application mixed into passwords. */
  readonly importedPepper?: string | undefined;
  /** Only after moving in from Flask: whoever is logged in there stays so here, by the cookies that this key signed, until `flaskCookiesUntil` (docs/moving-in.md). Empty: everybody logs in once. It must be the old application’s secret key or keys, separated by commas; one of bytes as hex: and its digits. */
  readonly flaskSecretKey?: string | readonly string[] | undefined;
  /** The last day, in UTC, on which a cookie of the old Flask application is exchanged for a session here. It must be a day such as 2026-12-31. */
  readonly flaskCookiesUntil?: string | undefined;
  /** What the old Flask application calls them: its `SESSION_COOKIE_NAME` and its `REMEMBER_COOKIE_NAME`. It must be two names of cookies, separated by a comma. Default: `session,remember_token`. */
  readonly flaskCookieNames?: string | readonly string[] | undefined;
  /** Which application’s accounts the old cookies open, where they were imported with `--application`. It must be the name that `latchkey import` was given for it. Default: `flask`. */
  readonly flaskApplication?: string | undefined;
  /** Where all pages live, below the host of `baseUrl`. Empty: at the root. It must be empty, or a path such as /auth. */
  readonly mountPath?: string | undefined;
  /** Where a login leads that was not on the way to a page. Empty: to `/dashboard`; as a library without one, to `/`. It must be a path of this host such as /, or a URL such as https://app.example.com/. */
  readonly homeUrl?: string | undefined;
  /** Where logging out leads. Empty: to `/login`. It must be a path of this host such as /, or a URL such as https://app.example.com/. */
  readonly afterLogoutUrl?: string | undefined;
  /** Sites whose scripts may talk to this one in JSON, with a token in `Authorization` and never with a cookie (docs/programs.md). Empty: none. It must be origins separated by commas, such as https://app.example.com. */
  readonly allowedOrigins?: string | readonly string[] | undefined;
  /** The services for which people can get access tokens (docs/access-token.md). Empty: `/token` answers 404. It must be names or URLs of services separated by commas, such as https://api.example.com. */
  readonly tokenAudiences?: string | readonly string[] | undefined;
  /** The hosts whose proxies ask here who is logged in, and to which a login may lead back (docs/forward-auth.md). Empty: `/forward-auth` answers 404. It must be hosts separated by commas, such as app.example.com, wiki.example.com:8443. */
  readonly forwardAuthHosts?: string | readonly string[] | undefined;
  /** Sends the session’s cookie to every host below this domain, which `forwardAuthHosts` needs where they are not the host of `baseUrl`. It costs safety (docs/forward-auth.md). Empty: to the host of `baseUrl` only. It must be empty, or a domain such as example.com. */
  readonly cookieDomain?: string | undefined;
  /** A session ends after this long without a visit. It must be a time such as 30m, 12h or 7d. Default: `12h`. */
  readonly sessionIdle?: Duration | undefined;
  /** A session ends this long after the login, whatever happens. It must be a time such as 30m, 12h or 7d. Default: `24h`. */
  readonly sessionLifetime?: Duration | undefined;
  /** The same as `sessionIdle`, with “remember me”. It must be a time such as 30m, 12h or 7d. Default: `7d`. */
  readonly rememberIdle?: Duration | undefined;
  /** The same as `sessionLifetime`, with “remember me”. NIST allows 30 days at most. It must be a time of 30d at most. Default: `30d`. */
  readonly rememberLifetime?: Duration | undefined;
  /** What could take an account over asks for the password again when it was last given longer ago than this. It must be a time such as 30m, 12h or 7d. Default: `15m`. */
  readonly reauthenticateAfter?: Duration | undefined;
  /** How many devices an account may be logged in on. One more ends the session that was not used for the longest time. It must be a whole number from 1 to 10000. Default: `100`. */
  readonly sessionsPerAccount?: number | undefined;
  /** How long is kept what happened to accounts. It must be a time such as 30m, 12h or 7d. Default: `90d`. */
  readonly auditRetention?: Duration | undefined;
  /** How long after its owner asked for it an account is erased. Logging in before then cancels. `0`: at once. It must be a time such as 30m, 12h or 7d, or 0 for at once. Default: `7d`. */
  readonly deleteAfter?: Duration | 0 | undefined;
  /** How long nobody else can take a username that was changed or whose account was erased. Only keyed hashes are kept meanwhile. `0`: not at all. It must be a time such as 30m, 12h or 7d, or 0 for not at all. Default: `30d`. */
  readonly usernameReleaseAfter?: Duration | 0 | undefined;
  /** The fewest characters of a new password. NIST asks for 15 where a password stands alone. It must be a whole number from 8 to 64. Default: `8`. */
  readonly passwordMinLength?: number | undefined;
  /** `upper-and-digit` demands a capital letter and a digit, for those who must. OWASP and NIST advise against it. It must be none or upper-and-digit. Default: `none`. */
  readonly passwordRules?: "none" | "upper-and-digit" | undefined;
  /** Where to ask whether a new password has turned up in stolen data. Five letters of its hash are sent, never the password. Off while it is empty; a service that does not answer within a second stops nobody. It must be empty, or the URL of a range API such as https://api.pwnedpasswords.com/range/. */
  readonly breachedPasswordsUrl?: string | undefined;
  /** How many passwords may wait to be checked. Past it, whoever asks for most gets 503 with `Retry-After`. It must be a whole number from 1 to 100000. Default: `500`. */
  readonly hashQueue?: number | undefined;
  /** Failed logins to one account. It must be a count over a time, such as 10/1m. Default: `10/1m`. */
  readonly limitLoginPerAccount?: Limit | undefined;
  /** Failed logins from one address; an IPv6 /64 is one address. It must be a count over a time, such as 10/1m. Default: `100/10m`. */
  readonly limitLoginPerIp?: Limit | undefined;
  /** Failed logins in all. It must be a count over a time, such as 10/1m. Default: `10000/10m`. */
  readonly limitLoginPerSite?: Limit | undefined;
  /** Failed logins to one account from a browser that has logged in to it before. It counts apart, so an attacker cannot lock an owner out. It must be a count over a time, such as 10/1m. Default: `10/1m`. */
  readonly limitLoginPerDevice?: Limit | undefined;
  /** Letters to one address that somebody asked for by a form. Those of signing up count apart from all others. It must be a count over a time, such as 10/1m. Default: `5/1h`. */
  readonly limitEmailsPerInbox?: Limit | undefined;
  /** The same over a longer time, so that nobody’s mailbox is filled hour after hour. It must be a count over a time, such as 10/1m. Default: `15/1d`. */
  readonly limitEmailsPerInboxLong?: Limit | undefined;
  /** Letters to one address that were asked for from one network address. Keep it below the two before it, or one network can spend what its owner needs. It must be a count over a time, such as 10/1m. Default: `4/8h`. */
  readonly limitEmailsPerInboxAndIp?: Limit | undefined;
  /** Letters for a new password of one account, asked for in browsers that have logged in to it before. It counts apart, so strangers cannot keep an owner from them. It must be a count over a time, such as 10/1m. Default: `10/1d`. */
  readonly limitEmailsPerDevice?: Limit | undefined;
  /** Notices to one address of what was done to an account. Past it, one of each kind goes out in an hour. It must be a count over a time, such as 10/1m. Default: `10/1h`. */
  readonly limitNoticesPerInbox?: Limit | undefined;
  /** Letters that were asked for from one network address. It must be a count over a time, such as 10/1m. Default: `30/1h`. */
  readonly limitEmailsPerIp?: Limit | undefined;
  /** Codes and links tried from one network address. It must be a count over a time, such as 10/1m. Default: `30/10m`. */
  readonly limitCodesPerIp?: Limit | undefined;
  /** How often an account’s password can be changed in the settings. It must be a count over a time, such as 10/1m. Default: `10/1h`. */
  readonly limitPasswordChanges?: Limit | undefined;
  /** Accounts made, or names and addresses tried, from one address. It must be a count over a time, such as 10/1m. Default: `20/1h`. */
  readonly limitSignupPerIp?: Limit | undefined;
}

/** Each option, by its name in the environment. */
export const optionNames: Readonly<Record<string, keyof SettingOptions>> = {
  NODE_ENV: "nodeEnv",
  DATABASE_URL: "databaseUrl",
  DATABASE_CONNECTIONS: "databaseConnections",
  DATABASE_TIMEOUT: "databaseTimeout",
  DATABASE_POOLER: "databasePooler",
  SECRET_KEY: "secretKey",
  BASE_URL: "baseUrl",
  SITE_NAME: "siteName",
  SIGNUP: "signup",
  TRUST_PROXY: "trustProxy",
  SMTP_URL: "smtpUrl",
  SMTP_NAME: "smtpName",
  MAIL_FROM: "mailFrom",
  CLEAR_SITE_DATA: "clearSiteData",
  IMPORTED_PEPPER: "importedPepper",
  FLASK_SECRET_KEY: "flaskSecretKey",
  FLASK_COOKIES_UNTIL: "flaskCookiesUntil",
  FLASK_COOKIE_NAMES: "flaskCookieNames",
  FLASK_APPLICATION: "flaskApplication",
  MOUNT_PATH: "mountPath",
  HOME_URL: "homeUrl",
  AFTER_LOGOUT_URL: "afterLogoutUrl",
  ALLOWED_ORIGINS: "allowedOrigins",
  TOKEN_AUDIENCES: "tokenAudiences",
  FORWARD_AUTH_HOSTS: "forwardAuthHosts",
  COOKIE_DOMAIN: "cookieDomain",
  SESSION_IDLE: "sessionIdle",
  SESSION_LIFETIME: "sessionLifetime",
  REMEMBER_IDLE: "rememberIdle",
  REMEMBER_LIFETIME: "rememberLifetime",
  REAUTHENTICATE_AFTER: "reauthenticateAfter",
  SESSIONS_PER_ACCOUNT: "sessionsPerAccount",
  AUDIT_RETENTION: "auditRetention",
  DELETE_AFTER: "deleteAfter",
  USERNAME_RELEASE_AFTER: "usernameReleaseAfter",
  PASSWORD_MIN_LENGTH: "passwordMinLength",
  PASSWORD_RULES: "passwordRules",
  BREACHED_PASSWORDS_URL: "breachedPasswordsUrl",
  HASH_QUEUE: "hashQueue",
  LIMIT_LOGIN_PER_ACCOUNT: "limitLoginPerAccount",
  LIMIT_LOGIN_PER_IP: "limitLoginPerIp",
  LIMIT_LOGIN_PER_SITE: "limitLoginPerSite",
  LIMIT_LOGIN_PER_DEVICE: "limitLoginPerDevice",
  LIMIT_EMAILS_PER_INBOX: "limitEmailsPerInbox",
  LIMIT_EMAILS_PER_INBOX_LONG: "limitEmailsPerInboxLong",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "limitEmailsPerInboxAndIp",
  LIMIT_EMAILS_PER_DEVICE: "limitEmailsPerDevice",
  LIMIT_NOTICES_PER_INBOX: "limitNoticesPerInbox",
  LIMIT_EMAILS_PER_IP: "limitEmailsPerIp",
  LIMIT_CODES_PER_IP: "limitCodesPerIp",
  LIMIT_PASSWORD_CHANGES: "limitPasswordChanges",
  LIMIT_SIGNUP_PER_IP: "limitSignupPerIp",
};
