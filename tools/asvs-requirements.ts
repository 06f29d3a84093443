/** Lists shortened OWASP ASVS 5.0 requirements, with reasons for unmet ones. */

export interface Requirement {
  readonly id: string;
  readonly level: 1 | 2;
  readonly demand: string;
  /** Without a tagged test: what is planned, or why it does not apply. */
  readonly otherwise?: { readonly planned: string } | { readonly notApplicable: string };
}

/** A tagged requirement of another chapter or of level 3. */
export interface Cited {
  readonly id: string;
  readonly level: 1 | 2 | 3;
  readonly demand: string;
}

/** Where Latchkey does otherwise on purpose. */
export interface Departure {
  readonly id: string;
  readonly level: 1 | 2 | 3;
  /** What the standard demands. */
  readonly demand: string;
  /** What Latchkey does, and why. */
  readonly instead: string;
}

export const departures: readonly Departure[] = [
  {
    id: "6.5.5",
    level: 2,
    demand: "A code of an authenticator app is valid for 30 seconds",
    instead:
      "Codes of the step before and after are accepted too, each once: typing takes time, and clocks differ (RFC 6238, 5.2). Tries are limited. See [decision 028](decisions/028-codes-of-authenticator-apps.md).",
  },
  {
    id: "6.3.6",
    level: 3,
    demand: "Email is no authentication mechanism",
    instead:
      "`EMAIL_LOGIN` allows it, and is off by default. A code or link by email is one factor, so an account with a second factor is asked for that too; users with two other ways to log in can refuse it.",
  },
];

const factors = { planned: "Comes with second factors." };

/** Every requirement of levels 1 and 2 of V3, V6 and V7. */
export const requirements: readonly Requirement[] = [
  { id: "3.2.1", level: 1, demand: "Browsers cannot render a response as another content type" },
  { id: "3.2.2", level: 1, demand: "Text is rendered as text, never as HTML" },
  { id: "3.3.1", level: 1, demand: "Cookies are Secure and use the `__Host-` or `__Secure-` prefix" },
  { id: "3.3.2", level: 2, demand: "SameSite is set for the purpose of each cookie" },
  { id: "3.3.3", level: 2, demand: "Cookies use the `__Host-` prefix, unless shared with other hosts" },
  { id: "3.3.4", level: 2, demand: "Session cookies are HttpOnly" },
  { id: "3.4.1", level: 1, demand: "HSTS for at least one year, including subdomains" },
  { id: "3.4.2", level: 1, demand: "CORS allows only listed origins" },
  { id: "3.4.3", level: 2, demand: "The Content-Security-Policy limits what the browser loads and runs" },
  { id: "3.4.4", level: 2, demand: "Every response has `X-Content-Type-Options: nosniff`" },
  { id: "3.4.5", level: 2, demand: "The referrer policy keeps URLs from other sites" },
  { id: "3.4.6", level: 2, demand: "Other sites cannot embed pages in frames" },
  { id: "3.5.1", level: 1, demand: "Cross-site request forgery is rejected" },
  { id: "3.5.2", level: 1, demand: "Calls that rely on a CORS preflight fail without one" },
  { id: "3.5.3", level: 1, demand: "Only unsafe methods such as POST change state" },
  {
    id: "3.5.4",
    level: 2,
    demand: "Separate applications use separate host names",
    otherwise: { notApplicable: "Depends on the deployment: the README recommends a separate host name." },
  },
  {
    id: "3.5.5",
    level: 2,
    demand: "Messages from `postMessage` are checked for their origin",
    otherwise: { notApplicable: "No page listens to `postMessage`." },
  },
  {
    id: "3.7.1",
    level: 2,
    demand: "Only browser technology that is supported and secure",
    otherwise: { notApplicable: "Pages use HTML, CSS and JavaScript only." },
  },
  { id: "3.7.2", level: 2, demand: "Redirects go to this site or to listed hosts" },
  { id: "6.1.1", level: 1, demand: "Documentation explains the protection against guessing passwords" },
  { id: "6.1.2", level: 2, demand: "Context-specific words that passwords must not contain are documented (docs/signup.md)" },
  { id: "6.1.3", level: 2, demand: "All authentication pathways are documented and equally strong" },
  { id: "6.2.1", level: 1, demand: "Passwords have at least 8 characters" },
  { id: "6.2.2", level: 1, demand: "Users can change their password" },
  { id: "6.2.3", level: 1, demand: "Changing the password requires the current one" },
  { id: "6.2.4", level: 1, demand: "Common passwords are rejected" },
  { id: "6.2.5", level: 1, demand: "Passwords may use any characters, with no rules for their mix" },
  { id: "6.2.6", level: 1, demand: "Password fields mask what is typed" },
  { id: "6.2.7", level: 1, demand: "Pasting and password managers work" },
  { id: "6.2.8", level: 1, demand: "Passwords are verified exactly as received" },
  { id: "6.2.9", level: 2, demand: "Passwords of at least 64 characters are allowed" },
  { id: "6.2.10", level: 2, demand: "Passwords do not expire" },
  { id: "6.2.11", level: 2, demand: "Passwords made of context-specific words are rejected" },
  { id: "6.2.12", level: 2, demand: "Breached passwords are rejected" },
  { id: "6.3.1", level: 1, demand: "Guessing passwords is limited as documented" },
  { id: "6.3.2", level: 1, demand: "There are no default accounts" },
  { id: "6.3.3", level: 2, demand: "Multi-factor authentication", otherwise: factors },
  { id: "6.3.4", level: 2, demand: "There are no undocumented authentication pathways" },
  { id: "6.4.1", level: 1, demand: "Initial passwords and activation codes are random and expire" },
  { id: "6.4.2", level: 1, demand: "There are no password hints or secret questions" },
  { id: "6.4.3", level: 2, demand: "Resetting a forgotten password is secure" },
  { id: "6.4.4", level: 2, demand: "Replacing a lost factor needs the same proof as enrollment", otherwise: factors },
  { id: "6.5.1", level: 2, demand: "Codes and links work once" },
  { id: "6.5.2", level: 2, demand: "Short codes are stored as hashes that resist guessing" },
  { id: "6.5.3", level: 2, demand: "Codes come from a cryptographically secure generator" },
  { id: "6.5.4", level: 2, demand: "Codes have at least 20 bits of entropy (6 digits)" },
  { id: "6.5.5", level: 2, demand: "Codes by email expire after 10 minutes, codes of apps after 30 seconds (see departures)" },
  {
    id: "6.6.1",
    level: 2,
    demand: "Text messages and phone calls are used with care",
    otherwise: { notApplicable: "Latchkey sends no text messages and makes no calls ([decision 027](decisions/027-no-codes-by-sms.md))." },
  },
  { id: "6.6.2", level: 2, demand: "Codes are bound to the request that they were sent for" },
  { id: "6.6.3", level: 2, demand: "Guessing codes is limited" },
  { id: "6.8.1", level: 2, demand: "One identity provider cannot impersonate another's users" },
  { id: "6.8.2", level: 2, demand: "Signatures of assertions are verified" },
  { id: "6.8.3", level: 2, demand: "SAML assertions work once", otherwise: { notApplicable: "Latchkey does not use SAML." } },
  { id: "6.8.4", level: 2, demand: "The strength of a provider's authentication is checked" },
  { id: "7.1.1", level: 2, demand: "Session lifetimes are documented" },
  { id: "7.1.2", level: 2, demand: "The maximum number of sessions per account is documented" },
  { id: "7.1.3", level: 2, demand: "Systems that share sessions are documented" },
  { id: "7.2.1", level: 1, demand: "Session tokens are verified on the server" },
  { id: "7.2.2", level: 1, demand: "Session tokens are generated for each session" },
  { id: "7.2.3", level: 1, demand: "Session tokens are random, with at least 128 bits" },
  { id: "7.2.4", level: 1, demand: "Each login issues a new session token and ends the previous one" },
  { id: "7.3.1", level: 2, demand: "Sessions end after a time of inactivity" },
  { id: "7.3.2", level: 2, demand: "Sessions end after a maximum lifetime" },
  { id: "7.4.1", level: 1, demand: "Ended sessions cannot be used" },
  { id: "7.4.2", level: 1, demand: "Disabling or deleting an account ends its sessions" },
  { id: "7.4.3", level: 2, demand: "Changing a factor can end all other sessions" },
  { id: "7.4.4", level: 2, demand: "Every page behind the login has a logout button" },
  { id: "7.4.5", level: 2, demand: "Administrators can end sessions" },
  { id: "7.5.1", level: 2, demand: "Sensitive changes require re-authentication" },
  { id: "7.5.2", level: 2, demand: "Users can view and end their sessions" },
  { id: "7.6.1", level: 2, demand: "Session lifetimes follow the identity provider as documented" },
  { id: "7.6.2", level: 2, demand: "Sessions start only by a user's action" },
];

export const cited: readonly Cited[] = [
  { id: "1.1.1", level: 2, demand: "Input is decoded once" },
  { id: "1.2.1", level: 1, demand: "Output is encoded for its context" },
  { id: "1.2.4", level: 1, demand: "Queries are parameterized (SQL injection)" },
  { id: "1.2.5", level: 1, demand: "Input cannot run operating system commands" },
  { id: "1.3.2", level: 1, demand: "Input is never run as code" },
  { id: "1.3.11", level: 2, demand: "Input cannot inject headers into emails" },
  { id: "1.3.12", level: 3, demand: "Regular expressions do not backtrack exponentially (ReDoS)" },
  { id: "1.4.2", level: 2, demand: "Numbers in input are checked for range" },
  { id: "2.2.1", level: 1, demand: "Input is validated against what is expected" },
  { id: "2.2.2", level: 1, demand: "Validation happens on the server" },
  { id: "2.3.3", level: 2, demand: "Operations succeed whole or are rolled back" },
  { id: "2.3.4", level: 2, demand: "Unique resources such as usernames cannot be taken twice" },
  { id: "2.4.1", level: 2, demand: "Automated calls are limited" },
  { id: "3.3.5", level: 3, demand: "Cookies are at most 4,096 bytes" },
  { id: "3.4.8", level: 3, demand: "Windows of other sites have no access (Cross-Origin-Opener-Policy)" },
  { id: "3.5.8", level: 3, demand: "Other sites cannot load or embed users' resources" },
  { id: "3.6.1", level: 3, demand: "Scripts and styles are served from this site" },
  { id: "4.1.1", level: 1, demand: "Responses declare their content type and charset" },
  { id: "4.1.3", level: 2, demand: "Users cannot forge headers that a proxy sets" },
  { id: "4.1.4", level: 3, demand: "Unused HTTP methods are rejected" },
  { id: "4.2.1", level: 2, demand: "Request boundaries are unambiguous (request smuggling)" },
  { id: "6.3.5", level: 3, demand: "Users are notified of suspicious logins" },
  { id: "6.3.7", level: 3, demand: "Users are notified of changes to their credentials" },
  {
    id: "6.3.8",
    level: 3,
    demand: "Failed logins do not reveal which accounts exist (while sign-up is open, the sign-up form does: see SECURITY.md)",
  },
  { id: "7.5.3", level: 3, demand: "Highly sensitive operations require re-authentication" },
  { id: "8.2.1", level: 1, demand: "Functions are limited to users with permission" },
  { id: "8.2.2", level: 1, demand: "Records are limited to the account that they belong to" },
  { id: "8.3.1", level: 1, demand: "Authorization is enforced on the server" },
  { id: "9.1.1", level: 1, demand: "Token signatures are verified before their content is used" },
  { id: "9.1.2", level: 1, demand: "Only listed algorithms sign and verify tokens" },
  { id: "9.2.1", level: 1, demand: "Tokens are accepted only within their lifetime" },
  { id: "9.2.2", level: 2, demand: "Tokens are accepted only for their purpose" },
  { id: "9.2.4", level: 2, demand: "Tokens name their audience" },
  { id: "10.1.2", level: 2, demand: "Values from a provider are bound to the browser and the login that asked for them" },
  { id: "10.2.1", level: 2, demand: "The callback from a provider cannot be forged (CSRF)" },
  { id: "10.2.2", level: 2, demand: "One provider's response is never taken for another's (mix-up)" },
  { id: "10.2.3", level: 3, demand: "Only the scopes that are needed are asked for" },
  { id: "10.5.1", level: 2, demand: "ID tokens cannot be replayed (nonce)" },
  { id: "10.5.2", level: 2, demand: "Users of a provider are identified by claims that are never reassigned" },
  { id: "10.5.3", level: 2, demand: "Metadata must be of the issuer that it is read for" },
  { id: "10.5.4", level: 2, demand: "ID tokens of another client are rejected" },
  { id: "10.5.5", level: 2, demand: "Logout tokens are checked: type, event, time, and no nonce" },
  { id: "11.2.2", level: 2, demand: "Keys and algorithms can be replaced" },
  { id: "11.3.2", level: 1, demand: "Only approved ciphers" },
  { id: "11.3.3", level: 2, demand: "Modified ciphertext is rejected" },
  { id: "11.4.1", level: 1, demand: "Only approved hash functions" },
  { id: "11.4.2", level: 2, demand: "Passwords are hashed with an approved, slow function" },
  { id: "11.5.1", level: 2, demand: "Secrets are random, with at least 128 bits" },
  { id: "12.3.1", level: 2, demand: "Connections to other services are encrypted" },
  { id: "12.3.2", level: 2, demand: "Certificates of other services are validated" },
  { id: "13.2.2", level: 2, demand: "Services run with the least privileges" },
  { id: "13.3.1", level: 2, demand: "Secrets are not stored in code" },
  { id: "13.3.2", level: 2, demand: "Access to secrets is limited" },
  { id: "13.4.2", level: 2, demand: "Debug features are off in production" },
  { id: "13.4.3", level: 2, demand: "Directory listings are off" },
  { id: "13.4.5", level: 2, demand: "Documentation and monitoring are exposed only on purpose" },
  { id: "13.4.6", level: 3, demand: "Responses do not reveal software versions" },
  { id: "14.2.1", level: 1, demand: "URLs contain no sensitive data" },
  { id: "14.2.2", level: 2, demand: "Shared caches store no sensitive data" },
  { id: "14.2.6", level: 3, demand: "Responses contain the minimum of sensitive data" },
  { id: "14.3.1", level: 1, demand: "Logging out clears the browser's data" },
  { id: "14.3.2", level: 2, demand: "Browsers do not cache sensitive pages" },
  { id: "14.3.3", level: 2, demand: "Browser storage holds no sensitive data except session tokens" },
  { id: "15.1.3", level: 2, demand: "Expensive operations are documented and limited" },
  { id: "15.2.2", level: 2, demand: "Expensive operations cannot exhaust the service" },
  { id: "15.2.3", level: 2, demand: "Production contains only what it needs" },
  { id: "15.2.4", level: 3, demand: "Dependencies come from the expected registry" },
  { id: "15.3.1", level: 1, demand: "Responses contain only the required fields" },
  { id: "15.3.2", level: 2, demand: "Calls to other services do not follow redirects" },
  { id: "15.3.3", level: 2, demand: "Only expected fields are accepted (mass assignment)" },
  { id: "15.3.4", level: 2, demand: "The client's IP address cannot be forged" },
  { id: "15.3.5", level: 2, demand: "Values of the wrong type are rejected" },
  { id: "15.3.6", level: 2, demand: "Prototype pollution is prevented" },
  { id: "15.3.7", level: 2, demand: "Duplicate parameters are handled safely (parameter pollution)" },
  { id: "15.4.2", level: 3, demand: "Checks and the actions that depend on them are atomic (TOCTOU)" },
  { id: "15.4.4", level: 3, demand: "Load from one client does not starve others" },
  { id: "16.2.1", level: 2, demand: "Log entries record when, where, who and what" },
  { id: "16.2.5", level: 2, demand: "Logs contain no secrets" },
  { id: "16.3.1", level: 2, demand: "All authentication attempts are logged" },
  { id: "16.4.2", level: 2, demand: "Logs are protected against modification" },
  { id: "16.5.2", level: 2, demand: "The service stays secure when another service fails" },
  { id: "16.5.3", level: 2, demand: "Errors fail securely" },
];

/** The tags of tests, one per requirement; Vitest refuses any other. */
export const asvsTags = [...requirements, ...cited].map(({ id, demand }) => ({ name: `asvs-${id}`, description: demand }));
