/** Reads the body of a request, or answers with an error. */
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { messages } from "../response/errors.messages.ts";
import { answerError } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";
import { acceptedTypes, readBody } from "./body.ts";

/** Sets `body` in the context; returns 400 or 415 for a body that cannot be read. */
export async function requireBody(c: Context): Promise<Response | undefined> {
  // Decompression bomb: compressed bodies are rejected.
  if (c.req.header("content-encoding") !== undefined) return answerError(c, 415, compressed);
  const body = await readBody(c);
  if (!body.ok && body.reason === "unsupported-type") {
    addHeader(c, "accept-post", acceptedTypes);
    return answerError(c, 415, unsupported);
  }
  if (!body.ok) return answerError(c, 400, unreadable);
  c.set("body", body.fields);
  return undefined;
}

const compressed = { code: "unsupported-encoding", message: message(messages, "unsupportedEncoding") };
const unsupported = { code: "unsupported-type", message: message(messages, "unsupportedType") };
/** For a body that is incomplete or malformed. */
export const unreadable = { code: "unreadable", message: message(messages, "unreadable") };
