/** What `import … from "latchkey/client"` gives: the site's JSON for browsers and Node, without dependencies. */

export interface ClientUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  readonly emailConfirmedAt: number | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  readonly previousLoginAt: number | null;
  readonly eraseAt: number | null;
  readonly roles: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface ClientSession {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly isThis: boolean;
}

export interface ClientEvent {
  readonly id: string;
  readonly event: string;
  readonly at: number;
  readonly address: string;
  readonly device: string;
}

export interface ClientOptions {
  /** Where everything lives: the origin, and a path where there is one. In a browser on the same site, leave it out. */
  readonly baseUrl?: string;
  /** Log in by a token for the header `Authorization`, and not by a cookie: for Node, and for sites in `ALLOWED_ORIGINS`. */
  readonly useToken?: boolean;
  /** A token from before. */
  readonly token?: string;
  readonly fetch?: typeof globalThis.fetch;
}

/** Why something was not done: `code` for programs, `message` for people, and a sentence for each field that is not right. */
export class ClientError extends Error {
  override name = "ClientError";
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, error: { code?: string; message?: string; fields?: Record<string, string> }, retryAfter: string | null) {
    super(error.message ?? `The site answered ${status}.`);
    this.status = status;
    this.code = error.code ?? "unknown";
    this.fields = error.fields ?? {};
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter);
  }
}

/** Each gives what it promises, or throws {@link ClientError}. */
export interface Client {
  /** Null for a stranger. */
  readonly currentUser: () => Promise<ClientUser | null>;
  /** `check-mail` where the address must be confirmed first. */
  readonly signUp: (
    account: { username: string; email: string; password: string } & Record<string, unknown>,
  ) => Promise<ClientUser | "check-mail">;
  readonly logIn: (login: { email: string; password: string; remember?: boolean }) => Promise<ClientUser>;
  readonly logOut: () => Promise<void>;
  /** The token that was got by `logIn` with `useToken`, to be kept for later. */
  readonly token: () => string | undefined;
  /** Gives the password once more, before what could take the account over. */
  readonly confirmPassword: (password: string) => Promise<ClientUser>;
  readonly askForReset: (email: string) => Promise<void>;
  readonly resetPassword: (reset: { token: string; password: string }) => Promise<void>;
  readonly confirmEmail: (token: string) => Promise<void>;
  readonly changePassword: (change: { currentPassword: string; password: string }) => Promise<ClientUser>;
  readonly changeUsername: (username: string) => Promise<ClientUser>;
  readonly changeDisplayName: (displayName: string) => Promise<ClientUser>;
  /** A letter with six digits goes to it; `confirmNewEmail` takes them. */
  readonly changeEmail: (email: string) => Promise<void>;
  readonly confirmNewEmail: (code: string) => Promise<ClientUser>;
  readonly sessions: () => Promise<readonly ClientSession[]>;
  readonly endSession: (id: string) => Promise<void>;
  readonly endOtherSessions: () => Promise<void>;
  /** Newest first; `before` is the `next` of the page before. */
  readonly events: (before?: string) => Promise<{ readonly events: readonly ClientEvent[]; readonly next: string | null }>;
  /** When the account will be erased. */
  readonly deleteAccount: (username: string) => Promise<number>;
  /** An access token of five minutes for another service. */
  readonly accessToken: (audience: string) => Promise<string>;
}

export function createClient(options: ClientOptions = {}): Client {
  const { get, post, kept } = wire(options);
  const both = (password: string) => ({ password, confirm_password: password });
  const userOf = async (path: string, body: object) => ((await post(path, body)) as { user: ClientUser }).user;
  return {
    currentUser: async () => ((await get("/")) as { user: ClientUser | null }).user,
    signUp: async (account) =>
      ((await post("/signup", { ...account, ...both(account.password) })) as { user?: ClientUser }).user ?? "check-mail",
    logIn: async (login) => {
      const { user, token } = (await post("/login", { ...login, ...(options.useToken ? { session: "token" } : {}) })) as Login;
      if (token !== undefined) kept.token = token;
      return user;
    },
    logOut: async () => {
      await post("/logout", {});
      kept.token = undefined;
    },
    token: () => kept.token,
    confirmPassword: (password) => userOf("/confirm-password", { current_password: password }),
    askForReset: async (email) => void (await post("/reset-password", { email })),
    resetPassword: async ({ token, password }) => void (await post("/reset-password/choose", { token, ...both(password) })),
    confirmEmail: async (token) => void (await post("/verify-email/confirm", { token })),
    changePassword: ({ currentPassword, password }) =>
      userOf("/settings/change-password", { current_password: currentPassword, ...both(password) }),
    changeUsername: (username) => userOf("/settings/change-username", { username }),
    changeDisplayName: (displayName) => userOf("/settings/display-name", { display_name: displayName }),
    changeEmail: async (email) => void (await post("/settings/change-email", { email })),
    confirmNewEmail: (code) => userOf("/settings/change-email/confirm", { code }),
    sessions: async () => ((await get("/settings/sessions")) as { sessions: ClientSession[] }).sessions,
    endSession: async (id) => void (await post("/settings/sessions", { session: id })),
    endOtherSessions: async () => void (await post("/settings/sessions", { others: "1" })),
    events: async (before) =>
      (await get(`/settings/activity${before === undefined ? "" : `?before=${encodeURIComponent(before)}`}`)) as Events,
    deleteAccount: async (username) => ((await post("/settings/delete", { username })) as { eraseAt: number }).eraseAt,
    accessToken: async (audience) => ((await post("/token", { audience })) as { access_token: string }).access_token,
  };
}

interface Login {
  readonly user: ClientUser;
  readonly token?: string;
}

interface Events {
  readonly events: readonly ClientEvent[];
  readonly next: string | null;
}

/** Sends what is asked and reads what comes back; keeps the token, or the CSRF token that a cookie needs beside it. */
function wire({ baseUrl = "", useToken = false, token, fetch = globalThis.fetch.bind(globalThis) }: ClientOptions) {
  const kept: { token: string | undefined; csrf: string | undefined } = { token, csrf: undefined };
  const isByToken = () => useToken || kept.token !== undefined;
  const send = async (path: string, init: { method: string; headers?: Record<string, string>; body?: string }): Promise<unknown> => {
    const authorization: Record<string, string> = kept.token === undefined ? {} : { authorization: `Bearer ${kept.token}` };
    const headers = { accept: "application/json", ...authorization, ...init.headers };
    const response = await fetch(baseUrl + path, {
      ...init,
      headers,
      credentials: isByToken() ? "omit" : "same-origin",
      redirect: "error",
    });
    const answer = (await response.json().catch(() => ({}))) as { csrfToken?: string; error?: object };
    if (typeof answer.csrfToken === "string") kept.csrf = answer.csrfToken;
    if (!response.ok) throw new ClientError(response.status, answer.error ?? {}, response.headers.get("retry-after"));
    return answer;
  };
  const sendJson = (path: string, body: object) => {
    const csrf: Record<string, string> = kept.csrf === undefined || isByToken() ? {} : { "x-csrf-token": kept.csrf };
    return send(path, { method: "POST", headers: { "content-type": "application/json", ...csrf }, body: JSON.stringify(body) });
  };
  const post = async (path: string, body: object): Promise<unknown> => {
    if (isByToken()) return sendJson(path, body);
    if (kept.csrf === undefined) await send("/login", { method: "GET" });
    try {
      return await sendJson(path, body);
    } catch (error) {
      // A login, a logout or another tab has made it stale: a fresh one, once.
      if (!(error instanceof ClientError && error.code === "bad-token")) throw error;
      await send("/login", { method: "GET" });
      return sendJson(path, body);
    }
  };
  return { get: (path: string) => send(path, { method: "GET" }), post, kept };
}
