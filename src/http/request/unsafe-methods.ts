/** Reads the body of a request, or refuses it. */
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { messages } from "../response/errors.messages.ts";
import { answerError } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";
import { readBody, readTypes } from "./body.ts";

/** Sets `body` in the context; returns the refusal of a body that cannot be read. */
export async function refuseUnread(c: Context): Promise<Response | undefined> {
  // Decompression bomb: the size of a compressed body is unknown until it is unpacked.
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

const packed = { code: "unsupported-encoding", message: message(messages, "unsupportedEncoding") };
const unsupported = { code: "unsupported-type", message: message(messages, "unsupportedType") };
/** For a body that is incomplete or malformed. */
export const unreadable = { code: "unreadable", message: message(messages, "unreadable") };
