/** Tells whether a browser is on its way to a page, and so can be redirected to another; anything else takes a redirect for success. */
import type { Context } from "../context.ts";
import { mediaType } from "./media-type.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** What a form of HTML can send. */
const formTypes: readonly (string | undefined)[] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/** `method` is what the browser sent, where a proxy asks about it by another. */
export function isNavigation(c: Context, method = c.req.method): boolean {
  const type = mediaType(c);
  const isRead = (method === "GET" || method === "HEAD") && type !== "application/json";
  if (c.get("isBearer") || !(isRead || (method === "POST" && formTypes.includes(type)))) return false;
  // Browsers say what they ask for (Fetch Metadata); one of before that asks for HTML.
  const mode = c.req.header("sec-fetch-mode");
  if (!/^(?:document|i?frame|)$/.test(c.req.header("sec-fetch-dest") ?? "")) return false;
  return mode === undefined ? takesHtml(c.req.header("accept") ?? "") : mode === "navigate";
}

/** By its name: a program that takes anything asks for `*\/*`. */
function takesHtml(accept: string): boolean {
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => trimOptionalSpace(part).toLowerCase());
    return type === "text/html" && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
