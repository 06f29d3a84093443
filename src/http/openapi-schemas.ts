/** Schemas of the OpenAPI document, and what features describe their routes with. */

/** Words about routes, by path. A route without words is not in the document. */
export type OpenApiWords = Readonly<Record<string, RouteWords>>;

interface RouteWords {
  /** A page's GET. A form's GET needs none. */
  readonly get?: OperationWords;
  /** A form's POST. */
  readonly post?: OperationWords;
  /** What a form answers to GET, where it is more than its token. */
  readonly formGives?: object;
}

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
const csrfToken = { type: "string", description: "Send it in the header `x-csrf-token` with each POST that has a session cookie." };
const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
const checkMail = object({ status: { type: "string", const: "check-email" } });

/** What a form answers to GET, where it tells no more than its token. */
export const tokenOnly = object({ csrfToken });

export const schemas = {
  User: object({
    id: text,
    username: text,
    email: text,
    displayName: text,
    emailVerifiedAt: nullable(instant),
    createdAt: instant,
    lastLoginAt: nullable(instant),
    previousLoginAt: nullable(instant),
    eraseAt: nullable({ ...instant, description: "When the account will be deleted, if deletion was requested." }),
    roles: { type: "array", items: text },
    extra: { type: "object", description: "Additional fields of the site." },
    locale: nullable({ ...text, description: "Language of the account (BCP 47), or null if none is chosen." }),
  }),
  Session: object({
    id: { ...text, description: "ID of the session. Can't be used to log in." },
    device: text,
    ip: text,
    createdAt: instant,
    lastSeenAt: instant,
    isThis: { type: "boolean" },
  }),
  Event: object({ id: text, event: text, at: instant, ip: text, device: text }),
  Error: object({
    error: {
      type: "object",
      properties: {
        code: { ...text, description: "Error code." },
        message: { ...text, description: "Message for the user." },
        fields: { type: "object", additionalProperties: text, description: "Message for each invalid field." },
      },
      required: ["code", "message"],
    },
  }),
};

/** What features put their schemas together from. */
export const schema = { object, ref, user, text, instant, yes, csrfToken, nullable, checkMail };
