/** Schemas of the OpenAPI document, and what features describe their routes with. */

/** Words about routes, by path. A route without words is not in the document. */
export type OpenApiWords = Readonly<Record<string, RouteWords>>;

interface RouteWords {
  /** A page's GET. A form's GET needs none. */
  readonly get?: OperationWords;
  /** A form's POST. */
  readonly post?: OperationWords;
  /** Whether a form has the site's extra fields too. */
  readonly takesExtraFields?: boolean;
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
const csrfToken = { type: "string", description: "To be sent in the header `x-csrf-token` where a session's cookie is sent." };
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
    eraseAt: nullable({ ...instant, description: "When the account will be erased, where its owner asked for it." }),
    roles: { type: "array", items: text },
    extra: { type: "object", description: "What the site asks its people besides." },
    locale: nullable({ ...text, description: "Language of the account (BCP 47), once it is chosen." }),
  }),
  Session: object({
    id: { ...text, description: "Names the session, and opens nothing." },
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
        message: { ...text, description: "A sentence for people." },
        fields: { type: "object", additionalProperties: text, description: "A sentence for each field that is not right." },
      },
      required: ["code", "message"],
    },
  }),
};

/** What features put their schemas together from. */
export const schema = { object, ref, user, text, instant, yes, csrfToken, nullable, checkMail };
