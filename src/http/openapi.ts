/** Generates the OpenAPI 3.1 document from the schemas that validate requests. */
import { z } from "zod";
import type { Services } from "../core/services.ts";
import type { Form } from "./forms/form.ts";
import { type OpenApiWords, type OperationWords, schemas, tokenOnly } from "./openapi-schemas.ts";
import { sessionCookieName } from "./request/cookies.ts";
import type { Registered } from "./routes.ts";

/** Describes the registered routes; routes that the settings turn off are missing. */
export function openApi(
  s: Services,
  { forms, pages, endpoints, access }: Registered,
  { words, proofs }: { readonly words: OpenApiWords; readonly proofs: ReadonlyMap<string, object> },
): object {
  const { settings } = s;
  const paths: Record<string, object> = {};
  const isPublic = (path: string) => access.get(path) === "public" || endpoints.get(path)?.auth === "none";
  for (const path of [...pages, ...endpoints.keys()]) {
    const { get, post } = words[path] ?? {};
    if (get) paths[path] = { get: operation(path, get, isPublic(path)) };
    const fields = endpoints.get(path)?.fields;
    if (post && fields)
      paths[path] = {
        post: { ...operation(path, post, isPublic(path)), requestBody: requestBody(s, inputSchema(fields, undefined), post) },
      };
  }
  for (const [path, form] of forms) {
    const { post, formResponse = tokenOnly, takesExtraFields = false } = words[path] ?? {};
    if (!post) continue;
    const get = { summary: "Get the data and CSRF token of the form", response: formResponse };
    paths[path] = {
      get: operation(path, get, isPublic(path)),
      post: {
        ...operation(path, mayRenew(form, post) ? { ...post, response: { allOf: [post.response, renewedToken] } } : post, isPublic(path)),
        requestBody: requestBody(
          s,
          inputSchema(form.fields, takesExtraFields ? s.custom.extraUserFields : undefined),
          post,
          takesProof(form) ? proofs : undefined,
        ),
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: settings.siteName, version: "1", description: "The JSON API." },
    servers: [{ url: settings.baseUrl + settings.mountPath }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Token of `POST /login` with `session: token`." },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: sessionCookieName(s),
        },
      },
    },
  };
}

const renewedToken = { $ref: "#/components/schemas/RenewedToken" };

function mayRenew(form: Form<z.ZodObject>, { renews }: OperationWords): boolean {
  return renews === true || (takesProof(form) && form.answersFile !== true);
}

function takesProof({ recentAuth, secondStep }: Form<z.ZodObject>): boolean {
  return recentAuth === true || secondStep === true;
}

function operation(path: string, { summary, status = 200, response }: OperationWords, isPublic: boolean): object {
  const answer = (description: string, schema: object) => ({ description, content: { "application/json": { schema } } });
  return {
    operationId: `${summary
      .split(/[:;,]/)[0]
      ?.replaceAll(/[^a-z]+/gi, "-")
      .toLowerCase()}${path.replaceAll(/[^a-z]+/g, "-")}`,
    summary,
    security: isPublic ? [] : [{ bearer: [] }, { cookie: [] }],
    responses: {
      [status]: answer("Success.", response),
      default: answer("An error, with a code and a message. `Retry-After` if waiting helps.", {
        $ref: "#/components/schemas/Error",
      }),
    },
  };
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** JSON schema of a form's fields and the extra user fields. */
function inputSchema(fields: z.ZodObject, extraUserFields: Services["custom"]["extraUserFields"]): ObjectSchema {
  const base = schemaOf(fields);
  if (!extraUserFields) return base;
  const extra = schemaOf(extraUserFields as unknown as z.ZodObject);
  return {
    ...base,
    properties: { ...extra.properties, ...base.properties },
    required: [...(base.required ?? []), ...(extra.required ?? [])],
  };
}

function schemaOf(fields: z.ZodObject): ObjectSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(fields, { io: "input", unrepresentable: "any" });
  return schema as unknown as ObjectSchema;
}

/** `proofs`: fields of the ways to confirm one's identity, of which one is required unless the user has authenticated recently. */
function requestBody(
  { settings }: Services,
  schema: ObjectSchema,
  { example }: OperationWords,
  proofs: ReadonlyMap<string, object> = new Map(),
): object {
  const all = { ...Object.fromEntries([...proofs].map(([name, field]) => [name, asProof(field)])), ...schema.properties };
  const isThere = (name: string) => settings.passwords === "on" || !passwordFields.has(name);
  const properties = Object.fromEntries(Object.entries(all).filter(([name]) => isThere(name)));
  const content = { schema: { ...schema, properties }, ...(example ? { example: exampleOf({ properties }, example) } : {}) };
  return { required: true, content: { "application/json": content } };
}

function asProof(field: { readonly description?: string }): object {
  return {
    ...field,
    description: `Confirms the user after \`reauthentication-required\`.${field.description ? ` ${field.description}` : ""}`,
  };
}

/** Fields of routes that exist without passwords too. */
const passwordFields: ReadonlySet<string> = new Set(["password", "current_password"]);

/** Without fields that the settings leave out. */
function exampleOf({ properties }: ObjectSchema, example: object): object {
  return Object.fromEntries(Object.entries(example).filter(([name]) => Object.hasOwn(properties, name)));
}
