/** Handles endpoints for machines: authentication, CORS and body. */
import { z } from "zod";
import type { Context, Handler } from "./context.ts";
import { messages } from "./forms/form.messages.ts";
import { authenticate } from "./request/authenticate.ts";
import { enrolmentRuleOf, holdForEnrolment } from "./request/enrolment.ts";
import { translator } from "./request/locale.ts";
import { requireBody } from "./request/require-body.ts";
import { answerJson, answerUnauthenticated } from "./response/respond.ts";
import { addHeader, removeAddedCookies } from "./response/security-headers.ts";

/** Credentials of an OAuth client: HTTP Basic, or the fields `client_id` and `client_secret` (RFC 6749, 2.3.1). */
interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

/** Whether the credentials belong to a client; `undefined` if the request has none. */
type AuthenticateClient = (c: Context, credentials: ClientCredentials | undefined) => Promise<boolean>;

export interface Endpoint<Shape extends z.ZodObject = z.ZodObject> {
  readonly method: "GET" | "POST";
  /** `bearer`: a session's token in `Authorization` (RFC 6750). `client`: checked by the feature. */
  readonly auth: "none" | "bearer" | { readonly client: AuthenticateClient };
  /** `any`: scripts of every origin may read the response. Never with cookies, which would reveal the logged-in user. */
  readonly cors?: "any";
  /** `read`: authenticates by the session cookie, and may expire cookies. Only for GET, because endpoints have no CSRF check. */
  readonly cookies?: "read";
  /** Whether it answers a session that must still turn on two-factor authentication itself; by default it gets 403. */
  readonly whileEnrolling?: boolean;
  /** Fields of the body of a POST, form-encoded or JSON. */
  readonly fields?: Shape;
  readonly answer: (c: Context, data: z.output<Shape>) => Response | Promise<Response>;
}

/** Returns the handler of an endpoint. Throws a TypeError for an unsafe combination. */
export function answerEndpoint(endpoint: Endpoint): Handler {
  const { method, auth, cors, cookies } = endpoint;
  if (cookies && (method !== "GET" || auth !== "none" || cors))
    throw new TypeError("An endpoint that reads cookies must be a GET, without bearer tokens and without CORS.");
  return async (c) => {
    if (cors) {
      addHeader(c, "access-control-allow-origin", "*");
      if (c.req.method === "OPTIONS") return preflight(c, endpoint);
    }
    const refused =
      (await authenticateEndpoint(c, endpoint)) ?? (method === "POST" ? await requireBody(c) : undefined) ?? (await requireClient(c, auth));
    if (refused) return withoutCookies(c, endpoint, refused);
    const read = (endpoint.fields ?? noFields).safeParse(method === "POST" ? c.get("body") : {});
    const response = read.success ? await endpoint.answer(c, read.data) : invalidRequest(c, read.error);
    return withoutCookies(c, endpoint, response);
  };
}

const noFields = z.object({});

async function authenticateEndpoint(c: Context, { auth, cookies, whileEnrolling = false }: Endpoint): Promise<Response | undefined> {
  // CSRF: without a bearer token, the session cookie is ignored.
  const isBearer = auth === "bearer" && /^bearer(?: |$)/i.test(c.req.header("authorization") ?? "");
  if (cookies === "read" || isBearer) await authenticate(c);
  const unauthenticated = auth === "bearer" && !c.get("visitor") ? answerUnauthenticated(c) : undefined;
  return unauthenticated ?? holdForEnrolment(c, enrolmentRuleOf({ whileEnrolling }));
}

async function requireClient(c: Context, auth: Endpoint["auth"]): Promise<Response | undefined> {
  if (typeof auth === "string") return undefined;
  if (await auth.client(c, clientCredentials(c))) return undefined;
  addHeader(c, "www-authenticate", "Basic");
  return answerJson(c, { error: "invalid_client" }, 401);
}

function clientCredentials(c: Context): ClientCredentials | undefined {
  const basic = /^basic +([\w+/=-]+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (basic === undefined) {
    const { client_id: id, client_secret: secret } = c.get("body") ?? {};
    return typeof id === "string" && typeof secret === "string" ? { id, secret } : undefined;
  }
  const text = Buffer.from(basic, "base64").toString();
  const colon = text.indexOf(":");
  try {
    // Clients form-encode the ID and the secret before joining them (RFC 6749, 2.3.1).
    const decode = (part: string) => decodeURIComponent(part.replaceAll("+", " "));
    return colon < 0 ? undefined : { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

function invalidRequest(c: Context, error: z.ZodError): Response {
  const t = translator(c, messages);
  const fields = Object.fromEntries(error.issues.map(({ path }) => [String(path[0] ?? "body"), t("invalidParameter")]));
  return answerJson(c, { error: { code: "invalid", message: Object.values(fields).join(" "), fields } }, 422);
}

/** Answers a CORS preflight (Fetch, 3.2.2). */
function preflight(c: Context, { method }: Endpoint): Response {
  addHeader(c, "access-control-allow-methods", method);
  addHeader(c, "access-control-allow-headers", "authorization, content-type");
  addHeader(c, "access-control-max-age", "86400");
  return c.body(null, 204, Object.fromEntries((c.get("addedHeaders") ?? []).filter(([name]) => name !== "set-cookie")));
}

/** Session leak: removes cookies, which a cache or proxy could send to another user. */
function withoutCookies(c: Context, { cookies }: Endpoint, response: Response): Response {
  if (cookies === "read" || response.headers.getSetCookie().length === 0) return response;
  removeAddedCookies(c);
  const headers = new Headers(response.headers);
  headers.delete("set-cookie");
  return new Response(response.body, { status: response.status, headers });
}
