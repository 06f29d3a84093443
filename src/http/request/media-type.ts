/** Reads the media type of what was sent, as RFC 9110 writes it. */
import type { Context } from "../context.ts";
import { trimOptionalSpace } from "./optional-whitespace.ts";

/** In lower case and without parameters; undefined where nothing is said. */
export function mediaType(c: Context): string | undefined {
  const header = c.req.header("content-type");
  return header === undefined ? undefined : trimOptionalSpace(header.split(";", 1)[0] ?? "").toLowerCase();
}
