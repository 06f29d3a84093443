/** What each route does, in the words of the OpenAPI document, with an example that works. */

export interface OperationWords {
  readonly summary: string;
  /** The status of success; 200 where it says nothing else. */
  readonly status?: number;
  /** What success gives, as a JSON schema. */
  readonly gives: object;
  /** What is sent, for a POST: a whole body. */
  readonly example?: Readonly<Record<string, unknown>>;
}

const object = (properties: Readonly<Record<string, object>>): object => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const user = ref("User");
const text = { type: "string" };
const instant = { type: "integer", description: "Milliseconds since 1970, UTC." };
const yes = { type: "boolean", const: true };
const csrfToken = { type: "string", description: "To be sent in the header `x-csrf-token` where a session's cookie is sent." };
const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
const checkMail = object({ status: { type: "string", const: "check-mail" } });

/** What a form answers to GET, where it tells no more than its token. */
const formGives = object({ csrfToken });

export const schemas = {
  User: object({
    id: text,
    username: text,
    email: text,
    displayName: text,
    emailConfirmedAt: nullable(instant),
    createdAt: instant,
    lastLoginAt: nullable(instant),
    previousLoginAt: nullable(instant),
    eraseAt: nullable({ ...instant, description: "When the account will be erased, where its owner asked for it." }),
    roles: { type: "array", items: text },
    extra: { type: "object", description: "What the site asks its people besides." },
  }),
  Session: object({
    id: { ...text, description: "Names the session, and opens nothing." },
    device: text,
    address: text,
    createdAt: instant,
    lastSeenAt: instant,
    isThis: { type: "boolean" },
  }),
  Event: object({ id: text, event: text, at: instant, address: text, device: text }),
  Error: object({
    error: {
      type: "object",
      properties: {
        code: { ...text, description: "One word for programs." },
        message: { ...text, description: "A sentence for people." },
        fields: { type: "object", additionalProperties: text, description: "A sentence for each field that is not right." },
      },
      required: ["code", "message"],
    },
  }),
};

/** Pages, by their paths. */
export const pageWords: Readonly<Record<string, OperationWords>> = {
  "/": { summary: "Who is logged in, or null", gives: object({ user: nullable(user) }) },
  "/dashboard": { summary: "Who is logged in", gives: object({ user }) },
  "/settings": {
    summary: "What can be changed, and where",
    gives: object({ user, settings: { type: "array", items: object({ path: text, title: text }) } }),
  },
  "/settings/activity": {
    summary: "What happened to the account, newest first; `?before=` with `next` gives the page after",
    gives: object({ events: { type: "array", items: ref("Event") }, next: nullable(text) }),
  },
  "/.well-known/jwks.json": {
    summary: "The public keys of access tokens (RFC 7517)",
    gives: object({ keys: { type: "array", items: { type: "object" } } }),
  },
};

/** Forms, by their paths: what POST does. */
export const formWords: Readonly<Record<string, OperationWords>> = {
  "/signup": {
    summary: "Make an account; where addresses are confirmed first, 202 and a letter",
    status: 201,
    gives: object({ user }),
    example: {
      username: "grace",
      email: "grace@example.com",
      password: "seven small boats",
      confirm_password: "seven small boats",
    },
  },
  "/login": {
    summary: "Log in: by a cookie, or with `session: token` by a token for the header `Authorization: Bearer`",
    gives: {
      anyOf: [object({ user, csrfToken }), object({ user, token: text, expiresAt: instant })],
    },
    example: { email: "ada@example.com", password: "a harbour at dusk", remember: false, session: "token" },
  },
  "/logout": { summary: "End this session", gives: object({ user: { type: "null" } }), example: {} },
  "/verify-email": {
    summary: "Confirm the address by six digits, or ask for another letter",
    status: 202,
    gives: { anyOf: [object({ sent: yes }), object({ confirmed: yes })] },
    example: { again: "1" },
  },
  "/verify-email/confirm": {
    summary: "Confirm the address by the token in a letter",
    gives: object({ confirmed: yes }),
    example: { token: "{verify-email}" },
  },
  "/reset-password": {
    summary: "Ask for a letter to choose a new password; the answer is the same for every address",
    status: 202,
    gives: checkMail,
    example: { email: "ada@example.com" },
  },
  "/reset-password/choose": {
    summary: "Choose a new password by the token in a letter",
    gives: object({ changed: yes }),
    example: { token: "{reset-password}", password: "nine grey herons", confirm_password: "nine grey herons" },
  },
  "/report-compromise": {
    summary: "Say that it was somebody else, by the token in a notice",
    gives: object({ reported: yes }),
    example: { token: "{report-compromise}" },
  },
  "/revert-email": {
    summary: "Undo a change of the address, by the token in its notice",
    gives: object({ email: text }),
    example: { token: "{revert-email}" },
  },
  "/confirm-password": {
    summary: "Give the password once more, before what could take the account over",
    gives: object({ user, csrfToken }),
    example: { current_password: "a harbour at dusk" },
  },
  "/settings/display-name": { summary: "Choose what to be called", gives: object({ user }), example: { display_name: "Ada Lovelace" } },
  "/settings/change-username": { summary: "Choose another user name", gives: object({ user }), example: { username: "ada.lovelace" } },
  "/settings/change-email": {
    summary: "Ask for another address; a letter with six digits goes to it",
    status: 202,
    gives: object({ pending: object({ email: text }) }),
    example: { email: "ada@example.org" },
  },
  "/settings/change-email/confirm": {
    summary: "Confirm the new address by the digits in its letter",
    gives: object({ user }),
    example: { code: "{code}" },
  },
  "/settings/change-email/withdraw": {
    summary: "Keep the old address after all",
    gives: object({ pending: { type: "null" } }),
    example: {},
  },
  "/settings/change-password": {
    summary: "Choose another password; every other session ends",
    gives: object({ user, csrfToken }),
    example: { current_password: "a harbour at dusk", password: "nine grey herons", confirm_password: "nine grey herons" },
  },
  "/settings/sessions": { summary: "End one session by its id, or all others", gives: object({ ended: yes }), example: { others: "1" } },
  "/settings/export": { summary: "Everything that is held about the person, as a file", gives: { type: "object" }, example: {} },
  "/settings/delete": {
    summary: "Have the account erased, after some days in which logging in takes it back",
    gives: object({ eraseAt: instant }),
    example: { username: "ada" },
  },
  "/token": {
    summary: "An access token of five minutes for another service",
    gives: object({ access_token: text, token_type: text, expires_in: { type: "integer" } }),
    example: { audience: "https://api.example.com" },
  },
};

/** What a form tells on GET, where it is more than a token. */
export const formPageGives: Readonly<Record<string, object>> = {
  "/settings/sessions": object({ sessions: { type: "array", items: ref("Session") } }),
  "/settings/change-email": { type: "object" },
  "/settings/change-email/confirm": { type: "object" },
  "/settings/change-email/withdraw": { type: "object" },
  "/revert-email": { type: "object" },
};

export const tokenOnly = formGives;
