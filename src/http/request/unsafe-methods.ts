/** Reads the body of a request, or refuses it. */

import type { Context } from "../context.ts";
import { answerError } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";
import { readBody, readTypes } from "./body.ts";

/** Sets the fields of what was sent, or gives the refusal where they cannot be read. */
export async function refuseUnread(c: Context): Promise<Response | undefined> {
  // A packed body would have to be unpacked before anyone knows how large it is.
  if (c.req.header("content-encoding") !== undefined) return answerError(c, 415, packed);
  const body = await readBody(c);
  if (!body.ok && body.reason === "unsupported-type") {
    addHeader(c, "accept-post", readTypes);
    return answerError(c, 415, unsupported);
  }
  if (!body.ok) return answerError(c, 400, unreadable);
  c.set("body", body.fields);
  return undefined;
}

const packed = { code: "unsupported-encoding", message: "What was sent is compressed, which forms are not." };
const unsupported = {
  code: "unsupported-type",
  message: "What was sent is neither a form nor JSON in UTF-8 by its Content-Type. Nothing was changed.",
};
/** What came to no end, or is no text of its kind. */
export const unreadable = { code: "unreadable", message: "What was sent could not be read: it is no well-formed text." };
