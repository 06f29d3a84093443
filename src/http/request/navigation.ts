/** Detects browser navigations, which can be redirected to a page. */
import type { Context } from "../context.ts";
import { mediaType } from "./media-type.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** Content types of HTML forms. */
const formTypes: readonly (string | undefined)[] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/** False for scripts and API clients, which would follow a redirect and see 200. `method`: the original one, for forward auth. */
export function isNavigation(c: Context, method = c.req.method): boolean {
  const type = mediaType(c);
  const isRead = (method === "GET" || method === "HEAD") && type !== "application/json";
  if (c.get("isBearer") || !(isRead || (method === "POST" && formTypes.includes(type)))) return false;
  // Browsers without Fetch Metadata are recognised by `Accept: text/html`.
  const mode = c.req.header("sec-fetch-mode");
  if (!/^(?:document|i?frame|)$/.test(c.req.header("sec-fetch-dest") ?? "")) return false;
  return mode === undefined ? takesHtml(c.req.header("accept") ?? "") : mode === "navigate";
}

/** Whether `text/html` is named: API clients often send `*\/*`. */
function takesHtml(accept: string): boolean {
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => trimOptionalSpace(part).toLowerCase());
    return type === "text/html" && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
