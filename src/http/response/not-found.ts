/** Answers unknown paths with 404, and unsupported methods with 405. */
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { messages } from "./errors.messages.ts";
import { answerError, redirect } from "./respond.ts";
import { addHeader } from "./security-headers.ts";

/** The methods of each path that is served. */
export type MethodsByPath = Map<string, string[]>;

export function answerNotFound(routes: MethodsByPath, c: Context): Response {
  const methods = routes.get(c.req.path);
  const { path } = c.req;
  // Redirects `/path/` to `/path` if that is a page.
  if (path.length > 1 && path.endsWith("/") && routes.get(path.slice(0, -1))?.includes("GET") && c.req.method === "GET") {
    return redirect(c, path.slice(0, -1) + new URL(c.req.url).search);
  }
  if (!methods) return answerError(c, 404, { code: "not-found", message: message(messages, "notFound") });
  const allowed = ["GET", "HEAD", "POST", "OPTIONS"].filter((method) => methods.includes(method === "HEAD" ? "GET" : method));
  addHeader(c, "allow", allowed.join(", "));
  return answerError(c, 405, { code: "method-not-allowed", message: message(messages, "methodNotAllowed") });
}
