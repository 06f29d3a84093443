/** Defines JSON schemas for the OpenAPI document and its route descriptions. */

/** Descriptions of routes by path. A route without a description is omitted from the document. */
export type OpenApiWords = Readonly<Record<string, RouteWords>>;

interface RouteWords {
  /** GET of a page. GET of a form is described automatically. */
  readonly get?: OperationWords;
  /** POST of a form. */
  readonly post?: OperationWords;
  /** Whether the form also has the extra user fields. */
  readonly takesExtraFields?: boolean;
  /** Response schema of a form's GET; default: `tokenOnly`. */
  readonly formResponse?: object;
}

export interface OperationWords {
  readonly summary: string;
  /** Status on success; default: 200. */
  readonly status?: number;
  /** JSON schema of the response on success. */
  readonly response: object;
  /** Whether it renews the session: with a bearer token, the response has a new one. A form that requires recent authentication may always. */
  readonly renews?: boolean;
  /** An example of a complete request body. */
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
const csrfToken = { type: "string", description: "Required in the header `x-csrf-token` with a session cookie." };
const place = {
  anyOf: [{ ...text, description: "City and country of the IP; null if unknown or without `GEOIP_FILE`." }, { type: "null" }],
};
const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
const checkMail = object({ status: { type: "string", const: "check-email" } });

/** Response schema of a form's GET that returns only the CSRF token. */
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
    eraseAt: nullable({ ...instant, description: "When the account will be deleted, if its deletion is scheduled." }),
    roles: { type: "array", items: text },
    extra: { type: "object", description: "Extra user fields of this site." },
    locale: nullable({ ...text, description: "Language of the account (BCP 47); null until chosen." }),
    twoFactorSince: nullable({ ...instant, description: "When two-factor authentication was turned on; null if it is off." }),
  }),
  Session: object({
    id: { ...text, description: "Identifies the session; it's not a credential." },
    device: text,
    ip: text,
    place,
    createdAt: instant,
    lastSeenAt: instant,
    isThis: { type: "boolean" },
  }),
  TrustedDevice: object({
    id: text,
    device: text,
    ip: text,
    place,
    createdAt: instant,
    lastUsedAt: instant,
    expiresAt: instant,
  }),
  Authenticator: object({ id: text, name: text, createdAt: instant, lastUsedAt: nullable(instant) }),
  Event: object({ id: text, event: text, provider: nullable(text), at: instant, ip: text, place, device: text }),
  RenewedToken: {
    type: "object",
    properties: {
      token: { ...text, description: "Replaces the bearer token of the request, if it re-authenticated. Errors have it too." },
      expiresAt: instant,
    },
  },
  Error: object({
    error: {
      type: "object",
      properties: {
        code: { ...text, description: "Error code." },
        message: { ...text, description: "Error message for users." },
        fields: { type: "object", additionalProperties: text, description: "Error message by field." },
      },
      required: ["code", "message"],
    },
  }),
};

/** Building blocks of the schemas in features. */
export const schema = { object, ref, user, text, instant, yes, csrfToken, nullable, checkMail };
