/** Exports the package `latchkey/client`: a JSON client for browsers and Node. */

import type { User } from "./core/users/user.ts";

export type { User } from "./core/users/user.ts";

/** An authenticator app of the user. */
export interface ClientAuthenticator {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** A logged-in device. */
export interface ClientSession {
  readonly id: string;
  readonly device: string;
  readonly ip: string;
  /** City and country of the IP; null if unknown or without `GEOIP_FILE`. */
  readonly place: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** Whether it is the session of this client. */
  readonly isThis: boolean;
}

/** An entry of the user's activity. */
export interface ClientEvent {
  readonly id: string;
  readonly event: string;
  readonly at: number;
  readonly ip: string;
  /** City and country of the IP; null if unknown or without `GEOIP_FILE`. */
  readonly place: string | null;
  readonly device: string;
}

/** Options of `createClient`. */
export interface ClientOptions {
  /** Origin and `MOUNT_PATH` of Latchkey. Omit it in a browser on the same origin without a mount path. */
  readonly baseUrl?: string;
  /** Uses a bearer token instead of a cookie: for Node, and for sites in `ALLOWED_ORIGINS`. */
  readonly useToken?: boolean;
  /** A token of an earlier login. */
  readonly token?: string;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * An error response: `code` for your code, `message` and `fields` for the user. The code `unexpected-answer` means that the response is not
 * from Latchkey.
 */
export class ClientError extends Error {
  override name = "ClientError";
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, error: { code?: string; message?: string; fields?: Record<string, string> }, retryAfter: string | null) {
    super(error.message ?? `The server returned ${status}.`);
    this.status = status;
    this.code = error.code ?? "unknown";
    this.fields = error.fields ?? {};
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter);
  }
}

/** `due`: the password is correct, but a further step, such as a second factor, is required. */
export type LogInResult =
  | { readonly ok: true; readonly user: User }
  | {
      readonly ok: false;
      readonly reason: "due";
      /** Name of the step. */
      readonly due: string;
      /** Methods that the step accepts, such as `totp`. */
      readonly methods: readonly string[];
      /** Token for `resumeLogIn`: expires after ten minutes or five tries. Keep it secret. */
      readonly pending: string;
    };

/** Methods throw {@link ClientError} for error responses. */
export interface Client {
  /** Null if no user is logged in. */
  readonly currentUser: () => Promise<User | null>;
  /** Returns `check-email` if the email must be verified first. */
  readonly signUp: (
    account: { username: string; email: string; password: string } & Record<string, unknown>,
  ) => Promise<User | "check-email">;
  /** `email` is a username where the site logs in with usernames. */
  readonly logIn: (login: { email: string; password: string; remember?: boolean }) => Promise<LogInResult>;
  /** Sends the proof for a due step to its path. Another step may be due afterwards. */
  readonly resumeLogIn: (path: string, proof: { pending: string } & Record<string, unknown>) => Promise<LogInResult>;
  readonly logOut: () => Promise<void>;
  /** The token of `logIn` with `useToken`. It changes when the user re-authenticates or changes the password. Keep it secret. */
  readonly token: () => string | undefined;
  /** Re-authenticates with the password, before sensitive actions. */
  readonly confirmPassword: (password: string) => Promise<User>;
  readonly requestPasswordReset: (email: string) => Promise<void>;
  readonly resetPassword: (reset: { token: string; password: string }) => Promise<void>;
  readonly verifyEmail: (token: string) => Promise<void>;
  readonly changePassword: (change: { currentPassword: string; password: string }) => Promise<User>;
  readonly changeUsername: (username: string) => Promise<User>;
  readonly changeDisplayName: (displayName: string) => Promise<User>;
  /** Sends a 6-digit code to the new email, for `confirmNewEmail`. */
  readonly changeEmail: (email: string) => Promise<void>;
  readonly confirmNewEmail: (code: string) => Promise<User>;
  readonly sessions: () => Promise<readonly ClientSession[]>;
  readonly endSession: (id: string) => Promise<void>;
  readonly endOtherSessions: () => Promise<void>;
  readonly twoFactor: () => Promise<{
    /** Null if two-factor authentication is off. */
    readonly twoFactorSince: number | null;
    readonly authenticators: readonly ClientAuthenticator[];
    readonly recoveryCodesLeft: number;
  }>;
  /** Begins to set up an authenticator app, which takes the secret or the URI. Keep both secret. */
  readonly beginAuthenticator: () => Promise<{ readonly secret: string; readonly uri: string; readonly expiresAt: number }>;
  /** Takes the app into use, with the code that it shows. The first one returns ten recovery codes, shown this once. */
  readonly confirmAuthenticator: (app: { code: string; name?: string }) => Promise<readonly string[]>;
  /** The last one turns two-factor authentication off. */
  readonly removeAuthenticator: (id: string) => Promise<void>;
  /** Ends the earlier codes. */
  readonly createRecoveryCodes: () => Promise<readonly string[]>;
  readonly turnOffTwoFactor: () => Promise<void>;
  /** Newest first; `before` is `next` of the previous page. */
  readonly events: (before?: string) => Promise<{ readonly events: readonly ClientEvent[]; readonly next: string | null }>;
  /** Schedules the deletion. Returns its time in milliseconds since 1970. */
  readonly deleteAccount: (username: string) => Promise<number>;
  /** Returns an access token for another service, valid for five minutes. */
  readonly accessToken: (audience: string) => Promise<string>;
}

/** Creates a client for the JSON API. */
export function createClient(options: ClientOptions = {}): Client {
  const { get, post, tokens } = createTransport(options);
  const withConfirmation = (password: string) => ({ password, confirm_password: password });
  const userOf = async (path: string, body: object) => (await post(path, body, hasUser)).user;
  const signIn = async (path: string, body: object): Promise<LogInResult> => {
    const json = await post(path, body, options.useToken ? hasTokenOrStep : hasUserOrStep);
    if (!("user" in json)) return { ok: false, reason: "due", due: json.due, methods: json.methods, pending: json.pending };
    if (json.token !== undefined) tokens.bearer = json.token;
    return { ok: true, user: json.user };
  };
  return {
    currentUser: async () => {
      try {
        return (await get("/settings", hasUser)).user;
      } catch (error) {
        if (error instanceof ClientError && error.code === "login-required") return null;
        throw error;
      }
    },
    signUp: async (account) => {
      const made = await post("/signup", { ...account, ...withConfirmation(account.password) }, hasUserOrMail);
      return "user" in made ? made.user : made.status;
    },
    logIn: (login) => signIn("/login", options.useToken ? { ...login, session: "token" } : login),
    resumeLogIn: signIn,
    logOut: async () => {
      await post("/logout", {}, hasNoUser);
      tokens.bearer = undefined;
    },
    token: () => tokens.bearer,
    confirmPassword: (password) => userOf("/confirm-password", { current_password: password }),
    requestPasswordReset: async (email) => void (await post("/reset-password", { email }, has("status", "string"))),
    resetPassword: async ({ token, password }) =>
      void (await post("/reset-password/choose", { token, ...withConfirmation(password) }, has("changed", "boolean"))),
    verifyEmail: async (token) => void (await post("/verify-email/confirm", { token }, has("confirmed", "boolean"))),
    changePassword: ({ currentPassword, password }) =>
      userOf("/settings/change-password", { current_password: currentPassword, ...withConfirmation(password) }),
    changeUsername: (username) => userOf("/settings/change-username", { username }),
    changeDisplayName: (displayName) => userOf("/settings/display-name", { display_name: displayName }),
    changeEmail: async (email) => void (await post("/settings/change-email", { email }, has("pending", "object"))),
    confirmNewEmail: (code) => userOf("/settings/change-email/confirm", { code }),
    sessions: async () => (await get("/settings/sessions", hasSessions)).sessions,
    endSession: async (id) => void (await post("/settings/sessions", { session: id }, has("ended", "boolean"))),
    endOtherSessions: async () => void (await post("/settings/sessions", { others: "1" }, has("ended", "boolean"))),
    twoFactor: async () => {
      const { twoFactorSince, authenticators, recoveryCodesLeft } = await get("/settings/two-factor", hasFactors);
      return { twoFactorSince, authenticators, recoveryCodesLeft };
    },
    beginAuthenticator: async () => {
      const { authenticator } = await post("/settings/two-factor/authenticator", {}, hasNewAuthenticator);
      const { secret, uri, expiresAt } = authenticator;
      return { secret, uri, expiresAt };
    },
    confirmAuthenticator: async (app) => (await post("/settings/two-factor/authenticator", app, hasUserAndCodes)).recoveryCodes ?? [],
    removeAuthenticator: async (id) => void (await post("/settings/two-factor/authenticator/remove", { id }, has("removed", "boolean"))),
    createRecoveryCodes: async () => (await post("/settings/two-factor/recovery", {}, hasCodes)).recoveryCodes,
    turnOffTwoFactor: async () => void (await post("/settings/two-factor/off", {}, has("twoFactorSince", "object"))),
    events: async (before) => {
      const { events, next } = await get(
        `/settings/activity${before === undefined ? "" : `?before=${encodeURIComponent(before)}`}`,
        hasEvents,
      );
      return { events, next };
    },
    deleteAccount: async (username) => (await post("/settings/delete", { username }, has<"eraseAt", number>("eraseAt", "number"))).eraseAt,
    accessToken: async (audience) =>
      (await post("/token", { audience }, has<"access_token", string>("access_token", "string"))).access_token,
  };
}

/** Checks the shape of a response body, which may come from another server, such as a catch-all page. */
type Expected<Body extends object> = (json: Readonly<Record<string, unknown>>) => json is Body & Readonly<Record<string, unknown>>;

function has<Name extends string, Value = unknown>(
  name: Name,
  type: "string" | "number" | "boolean" | "object",
): Expected<{ [N in Name]: Value }> {
  return (json): json is { [N in Name]: Value } & Record<string, unknown> => typeof json[name] === type;
}

const hasUser: Expected<Login> = (json): json is Login & Record<string, unknown> =>
  typeof (json["user"] as Partial<User> | null | undefined)?.id === "string";
const hasNoUser: Expected<{ user: null }> = (json): json is { user: null } => json["user"] === null;
const hasStep: Expected<StepDue> = (json): json is StepDue & Record<string, unknown> =>
  typeof json["due"] === "string" && Array.isArray(json["methods"]) && typeof json["pending"] === "string";
const hasUserOrStep: Expected<Login | StepDue> = (json): json is (Login | StepDue) & Record<string, unknown> =>
  hasUser(json) || hasStep(json);
const hasTokenOrStep: Expected<Login | StepDue> = (json): json is (Login | StepDue) & Record<string, unknown> =>
  hasStep(json) || (hasUser(json) && typeof json.token === "string");
const hasUserOrMail: Expected<Login | CheckMail> = (json): json is (Login | CheckMail) & Record<string, unknown> =>
  hasUser(json) || json["status"] === "check-email";
const hasSessions: Expected<{ sessions: readonly ClientSession[] }> = (json): json is { sessions: ClientSession[] } =>
  Array.isArray(json["sessions"]);
const hasFactors: Expected<Factors> = (json): json is Factors & Record<string, unknown> =>
  Array.isArray(json["authenticators"]) && typeof json["recoveryCodesLeft"] === "number";
const hasNewAuthenticator: Expected<NewAuthenticator> = (json): json is NewAuthenticator & Record<string, unknown> =>
  typeof (json["authenticator"] as { secret?: unknown } | undefined)?.secret === "string";
const hasCodes: Expected<Codes> = (json): json is Codes & Record<string, unknown> => Array.isArray(json["recoveryCodes"]);
const hasUserAndCodes: Expected<Login & Partial<Codes>> = (json): json is Login & Partial<Codes> & Record<string, unknown> => hasUser(json);
const hasEvents: Expected<Events> = (json): json is Events & Record<string, unknown> =>
  Array.isArray(json["events"]) && (json["next"] === null || typeof json["next"] === "string");

interface Factors {
  readonly twoFactorSince: number | null;
  readonly authenticators: readonly ClientAuthenticator[];
  readonly recoveryCodesLeft: number;
}

interface NewAuthenticator {
  readonly authenticator: { readonly secret: string; readonly uri: string; readonly expiresAt: number };
}

interface Codes {
  readonly recoveryCodes: readonly string[];
}

interface CheckMail {
  readonly status: "check-email";
}

interface Login {
  readonly user: User;
  readonly token?: string;
}

interface StepDue {
  readonly due: string;
  readonly methods: readonly string[];
  readonly pending: string;
}

interface Events {
  readonly events: readonly ClientEvent[];
  readonly next: string | null;
}

/** Sends requests and parses responses. Stores the bearer token, or the CSRF token if cookies are used. */
function createTransport({ baseUrl = "", useToken = false, token, fetch = globalThis.fetch.bind(globalThis) }: ClientOptions) {
  const tokens: { bearer: string | undefined; csrf: string | undefined } = { bearer: token, csrf: undefined };
  const usesToken = () => useToken || tokens.bearer !== undefined;
  const send = async <Body extends object>(path: string, init: RequestInit, expected: Expected<Body>): Promise<Body> => {
    const authorization: Record<string, string> = tokens.bearer === undefined ? {} : { authorization: `Bearer ${tokens.bearer}` };
    const headers = { accept: "application/json", ...authorization, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(baseUrl + path, {
      ...init,
      headers,
      credentials: usesToken() ? "omit" : "same-origin",
      redirect: "error",
    });
    const json = await readJson(response);
    if (typeof json?.["csrfToken"] === "string") tokens.csrf = json["csrfToken"];
    // A re-authentication ends the token that it was sent with, also where the response is an error.
    const renewed = json?.["token"];
    if (tokens.bearer !== undefined && typeof renewed === "string" && typeof json?.["expiresAt"] === "number") tokens.bearer = renewed;
    const retryAfter = response.headers.get("retry-after");
    if (!response.ok) throw new ClientError(response.status, (json?.["error"] as object | undefined) ?? {}, retryAfter);
    if (json === undefined || !expected(json)) throw new ClientError(response.status, unexpected, retryAfter);
    return json;
  };
  const sendJson = <Body extends object>(path: string, body: object, expected: Expected<Body>) => {
    const csrf: Record<string, string> = tokens.csrf === undefined || usesToken() ? {} : { "x-csrf-token": tokens.csrf };
    const headers = { "content-type": "application/json", ...csrf };
    return send(path, { method: "POST", headers, body: JSON.stringify(body) }, expected);
  };
  const post = async <Body extends object>(path: string, body: object, expected: Expected<Body>): Promise<Body> => {
    if (usesToken()) return sendJson(path, body, expected);
    const hasToken = has<"csrfToken", string>("csrfToken", "string");
    if (tokens.csrf === undefined) await send("/login", { method: "GET" }, hasToken);
    try {
      return await sendJson(path, body, expected);
    } catch (error) {
      // The CSRF token changes with each login and logout, in other tabs too: one retry with a new one.
      if (!(error instanceof ClientError && error.code === "bad-token")) throw error;
      await send("/login", { method: "GET" }, hasToken);
      return sendJson(path, body, expected);
    }
  };
  const get = <Body extends object>(path: string, expected: Expected<Body>) => send(path, { method: "GET" }, expected);
  return { get, post, tokens };
}

const unexpected = {
  code: "unexpected-answer",
  message: "The response is not from Latchkey. Check baseUrl.",
};

/** Undefined unless the body is a JSON object. */
async function readJson(response: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(response.headers.get("content-type") ?? "")) return undefined;
  const json: unknown = await response.json().catch(() => undefined);
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : undefined;
}
