/** Answers where there is nothing at a path, or nothing for this kind of request. */
import type { Context } from "../context.ts";
import { answerError, redirect } from "./respond.ts";
import { addHeader } from "./security-headers.ts";

/** Of each path that is served, the methods; each path is a whole one, but for those of files. */
export type MethodsByPath = Map<string, string[]>;

export function answerMissing(routes: MethodsByPath, c: Context): Response {
  const methods = routes.get(c.req.path);
  const { path } = c.req;
  // Typed with a slash at its end, it is the page all the same.
  if (path.length > 1 && path.endsWith("/") && routes.get(path.slice(0, -1))?.includes("GET") && c.req.method === "GET") {
    return redirect(c, path.slice(0, -1) + new URL(c.req.url).search);
  }
  if (!methods) return answerError(c, 404, { code: "not-found", message: "There is no page at this address." });
  const taken = ["GET", "HEAD", "POST", "OPTIONS"].filter((method) => methods.includes(method === "HEAD" ? "GET" : method));
  addHeader(c, "allow", taken.join(", "));
  return answerError(c, 405, { code: "method-not-allowed", message: "This address does not take this kind of request." });
}
