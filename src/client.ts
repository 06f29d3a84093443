/** Exports the package `latchkey/client`: a JSON client for browsers and Node. */

import type { User } from "./core/users/user.ts";

export type { User } from "./core/users/user.ts";

/** A logged-in device. */
export interface ClientSession {
  readonly id: string;
  readonly device: string;
  readonly ip: string;
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
 * An error response: `code` for your code, `message` and `fields` for the user. `unexpected-answer` means that another server responded, such as
 * an app that serves one page at every path.
 */
export class ClientError extends Error {
  override name = "ClientError";
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, error: { code?: string; message?: string; fields?: Record<string, string> }, retryAfter: string | null) {
    super(error.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error.code ?? "unknown";
    this.fields = error.fields ?? {};
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter);
  }
}

/** `due`: the password was right, and a further step is due before there is a session. */
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
  /** Null without a login. */
  readonly currentUser: () => Promise<User | null>;
  /** Returns `check-email` if the email must be verified first. */
  readonly signUp: (
    account: { username: string; email: string; password: string } & Record<string, unknown>,
  ) => Promise<User | "check-email">;
  readonly logIn: (login: { email: string; password: string; remember?: boolean }) => Promise<LogInResult>;
  /** Sends the proof that a due step asks for to the path of its page. Another step may be due after it. */
  readonly resumeLogIn: (path: string, proof: { pending: string } & Record<string, unknown>) => Promise<LogInResult>;
  readonly logOut: () => Promise<void>;
  /** The token of `logIn` with `useToken`. Keep it secret. */
  readonly token: () => string | undefined;
  /** Re-authenticates with the password, before sensitive actions. */
  readonly confirmPassword: (password: string) => Promise<User>;
  readonly askForReset: (email: string) => Promise<void>;
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
  /** Newest first; `before` is `next` of the previous page. */
  readonly events: (before?: string) => Promise<{ readonly events: readonly ClientEvent[]; readonly next: string | null }>;
  /** Schedules the deletion. Returns its time in milliseconds since 1970. */
  readonly deleteAccount: (username: string) => Promise<number>;
  /** Returns an access token for another service, valid for five minutes. */
  readonly accessToken: (audience: string) => Promise<string>;
}

/** Creates a client for the JSON API. */
export function createClient(options: ClientOptions = {}): Client {
  const { get, post, kept } = wire(options);
  const both = (password: string) => ({ password, confirm_password: password });
  const userOf = async (path: string, body: object) => (await post(path, body, hasUser)).user;
  const signIn = async (path: string, body: object): Promise<LogInResult> => {
    const answer = await post(path, body, options.useToken ? hasTokenOrStep : hasUserOrStep);
    if (!("user" in answer)) return { ok: false, reason: "due", due: answer.due, methods: answer.methods, pending: answer.pending };
    if (answer.token !== undefined) kept.token = answer.token;
    return { ok: true, user: answer.user };
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
      const made = await post("/signup", { ...account, ...both(account.password) }, hasUserOrMail);
      return "user" in made ? made.user : made.status;
    },
    logIn: (login) => signIn("/login", options.useToken ? { ...login, session: "token" } : login),
    resumeLogIn: signIn,
    logOut: async () => {
      await post("/logout", {}, hasNobody);
      kept.token = undefined;
    },
    token: () => kept.token,
    confirmPassword: (password) => userOf("/confirm-password", { current_password: password }),
    askForReset: async (email) => void (await post("/reset-password", { email }, has("status", "string"))),
    resetPassword: async ({ token, password }) =>
      void (await post("/reset-password/choose", { token, ...both(password) }, has("changed", "boolean"))),
    verifyEmail: async (token) => void (await post("/verify-email/confirm", { token }, has("confirmed", "boolean"))),
    changePassword: ({ currentPassword, password }) =>
      userOf("/settings/change-password", { current_password: currentPassword, ...both(password) }),
    changeUsername: (username) => userOf("/settings/change-username", { username }),
    changeDisplayName: (displayName) => userOf("/settings/display-name", { display_name: displayName }),
    changeEmail: async (email) => void (await post("/settings/change-email", { email }, has("pending", "object"))),
    confirmNewEmail: (code) => userOf("/settings/change-email/confirm", { code }),
    sessions: async () => (await get("/settings/sessions", hasSessions)).sessions,
    endSession: async (id) => void (await post("/settings/sessions", { session: id }, has("ended", "boolean"))),
    endOtherSessions: async () => void (await post("/settings/sessions", { others: "1" }, has("ended", "boolean"))),
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

/** Checks the shape of an answer: a catch-all page of another app doesn't have it. */
type Expected<Handler extends object> = (
  answer: Readonly<Record<string, unknown>>,
) => answer is Handler & Readonly<Record<string, unknown>>;

function has<Name extends string, Value = unknown>(
  name: Name,
  type: "string" | "number" | "boolean" | "object",
): Expected<{ [N in Name]: Value }> {
  return (answer): answer is { [N in Name]: Value } & Record<string, unknown> => typeof answer[name] === type;
}

const hasUser: Expected<Login> = (answer): answer is Login & Record<string, unknown> =>
  typeof (answer["user"] as Partial<User> | null | undefined)?.id === "string";
const hasNobody: Expected<{ user: null }> = (answer): answer is { user: null } => answer["user"] === null;
const hasStep: Expected<StepDue> = (answer): answer is StepDue & Record<string, unknown> =>
  typeof answer["due"] === "string" && Array.isArray(answer["methods"]) && typeof answer["pending"] === "string";
const hasUserOrStep: Expected<Login | StepDue> = (answer): answer is (Login | StepDue) & Record<string, unknown> =>
  hasUser(answer) || hasStep(answer);
const hasTokenOrStep: Expected<Login | StepDue> = (answer): answer is (Login | StepDue) & Record<string, unknown> =>
  hasStep(answer) || (hasUser(answer) && typeof answer.token === "string");
const hasUserOrMail: Expected<Login | CheckMail> = (answer): answer is (Login | CheckMail) & Record<string, unknown> =>
  hasUser(answer) || answer["status"] === "check-email";
const hasSessions: Expected<{ sessions: readonly ClientSession[] }> = (answer): answer is { sessions: ClientSession[] } =>
  Array.isArray(answer["sessions"]);
const hasEvents: Expected<Events> = (answer): answer is Events & Record<string, unknown> =>
  Array.isArray(answer["events"]) && (answer["next"] === null || typeof answer["next"] === "string");

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

/** Sends requests and parses answers; keeps the bearer token, or the CSRF token for cookies. */
function wire({ baseUrl = "", useToken = false, token, fetch = globalThis.fetch.bind(globalThis) }: ClientOptions) {
  const kept: { token: string | undefined; csrf: string | undefined } = { token, csrf: undefined };
  const isByToken = () => useToken || kept.token !== undefined;
  const send = async <Handler extends object>(path: string, init: RequestInit, expected: Expected<Handler>): Promise<Handler> => {
    const authorization: Record<string, string> = kept.token === undefined ? {} : { authorization: `Bearer ${kept.token}` };
    const headers = { accept: "application/json", ...authorization, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(baseUrl + path, {
      ...init,
      headers,
      credentials: isByToken() ? "omit" : "same-origin",
      redirect: "error",
    });
    const answer = await readJson(response);
    if (typeof answer?.["csrfToken"] === "string") kept.csrf = answer["csrfToken"];
    const retryAfter = response.headers.get("retry-after");
    if (!response.ok) throw new ClientError(response.status, (answer?.["error"] as object | undefined) ?? {}, retryAfter);
    if (answer === undefined || !expected(answer)) throw new ClientError(response.status, unexpected, retryAfter);
    return answer;
  };
  const sendJson = <Handler extends object>(path: string, body: object, expected: Expected<Handler>) => {
    const csrf: Record<string, string> = kept.csrf === undefined || isByToken() ? {} : { "x-csrf-token": kept.csrf };
    const headers = { "content-type": "application/json", ...csrf };
    return send(path, { method: "POST", headers, body: JSON.stringify(body) }, expected);
  };
  const post = async <Handler extends object>(path: string, body: object, expected: Expected<Handler>): Promise<Handler> => {
    if (isByToken()) return sendJson(path, body, expected);
    const hasToken = has<"csrfToken", string>("csrfToken", "string");
    if (kept.csrf === undefined) await send("/login", { method: "GET" }, hasToken);
    try {
      return await sendJson(path, body, expected);
    } catch (error) {
      // The CSRF token changes with each login and logout, in other tabs too: one retry with a new one.
      if (!(error instanceof ClientError && error.code === "bad-token")) throw error;
      await send("/login", { method: "GET" }, hasToken);
      return sendJson(path, body, expected);
    }
  };
  const get = <Handler extends object>(path: string, expected: Expected<Handler>) => send(path, { method: "GET" }, expected);
  return { get, post, kept };
}

const unexpected = {
  code: "unexpected-answer",
  message: "The answer is not from Latchkey. Check baseUrl.",
};

/** Undefined unless the body is a JSON object. */
async function readJson(response: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(response.headers.get("content-type") ?? "")) return undefined;
  const answer: unknown = await response.json().catch(() => undefined);
  return typeof answer === "object" && answer !== null && !Array.isArray(answer) ? (answer as Record<string, unknown>) : undefined;
}
