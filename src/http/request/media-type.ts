/** Reads the media type of a request body (RFC 9110, 8.3.1). */
import type { Context } from "../context.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** In lower case and without parameters; undefined without `Content-Type`. */
export function mediaType(c: Context): string | undefined {
  const header = c.req.header("content-type");
  return header === undefined ? undefined : trimOptionalSpace(header.split(";", 1)[0] ?? "").toLowerCase();
}
