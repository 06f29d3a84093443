/** Answers duplicate form submissions with the first response (decision 018). */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { findVisitor, hashSessionToken, readSessionToken } from "../../core/sessions/session.ts";
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { loginRequired } from "../request/authenticate.ts";
import { cookieName, valueSetBy } from "../request/cookies.ts";
import { formToken, isBoundToBrowser, isForVisitor } from "../request/csrf.ts";
import { requireBody } from "../request/require-body.ts";
import { messages } from "../response/errors.messages.ts";
import { answerError, redirectTo } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";
import {
  claimForm,
  deleteAnswer,
  FormRepeatedError,
  findAnswer,
  identifyForm,
  releaseForm,
  type SubmittedForm,
  storeAnswer,
} from "./submitted-forms.ts";

const storedShape = z.object({ target: z.string(), cookies: z.array(z.string()), cleared: z.string().nullable() });

/** Polling interval while another process handles the same form. */
const pauseMs = 50;
/** Gives up after 10 seconds. */
const maxPauses = 200;

const stillPending = { code: "sent-already", message: message(messages, "pending") };

export type Deduplicate = (c: Context, answer: () => Promise<Response>) => Promise<Response>;

/** Without a session: repeats the response of a resubmitted form, which may have ended the session, else asks to log in. */
export async function replayOrLogIn(c: Context): Promise<Response> {
  const form = (await requireBody(c)) ? undefined : readSubmission(c);
  const answer = (form && (await replay(c, form))) ?? loginRequired(c);
  if (!answer) throw new Error(`${c.req.path}: replayOrLogIn was called with a session.`);
  return answer;
}

/** Duplicate submissions: processes each form once; duplicates in the same process wait for the first response. */
export function createDeduplicator(): Deduplicate {
  const inFlight = new Map<string, Promise<void>>();
  return async (c, answer) => {
    const form = readSubmission(c);
    if (!form) return answer();
    for (;;) {
      const replayed = await replay(c, form);
      if (replayed) return replayed;
      const first = inFlight.get(form.content);
      if (!first) break;
      await first;
    }
    const done = Promise.withResolvers<void>();
    inFlight.set(form.content, done.promise);
    try {
      return await answerFirst(c, form, answer);
    } finally {
      inFlight.delete(form.content);
      done.resolve();
    }
  };
}

/** HTML forms only: API clients send the token in a header, and may repeat a request on purpose. */
function readSubmission(c: Context): SubmittedForm | undefined {
  const token = formToken(c);
  return token === undefined ? undefined : identifyForm(c.req.path, token, c.get("body"), c.get("requestId"));
}

async function answerFirst(c: Context, form: SubmittedForm, answer: () => Promise<Response>): Promise<Response> {
  const s = c.get("s");
  let isClaimed = false;
  const atCommit: typeof s.atCommit = async (tx) => {
    isClaimed = true;
    await claimForm(tx, form);
  };
  c.set("s", { ...s, atCommit });
  try {
    const response = await answer();
    if (response.status === 303) {
      if (isClaimed) await logFailure(c, storeAnswer(s, form, storedAnswer(response)));
      return response;
    }
    // The failure may be caused by a duplicate that succeeded in another process.
    if (isClaimed) await logFailure(c, releaseForm(s, form));
    return (await replay(c, form)) ?? response;
  } catch (error) {
    if (error instanceof FormRepeatedError) return (await replay(c, form)) ?? answerError(c, 409, stillPending);
    if (isClaimed) await logFailure(c, releaseForm(s, form));
    throw error;
  } finally {
    c.set("s", s);
  }
}

/** Logs a database error instead of throwing it: the action has already succeeded. */
async function logFailure(c: Context, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    c.get("s").log.warn({ err: error, id: c.get("requestId") }, "could not store the response of a form");
  }
}

function storedAnswer({ headers }: Response): z.output<typeof storedShape> {
  return { target: headers.get("location") ?? "/", cookies: headers.getSetCookie(), cleared: headers.get("clear-site-data") };
}

/** Undefined if the form was not submitted before. */
async function replay(c: Context, form: SubmittedForm): Promise<Response | undefined> {
  const s = c.get("s");
  for (let pauses = 0; pauses < maxPauses; pauses++) {
    const found = await findAnswer(s, form);
    if (found === undefined) return undefined;
    if (found !== "pending") return repeatAnswer(c, form, storedShape.parse(found.answer));
    await pause(pauseMs);
  }
  return answerError(c, 409, stillPending);
}

/** Repeats the first response. Login CSRF: its cookies are sent only to the browser that the form was issued to. */
async function repeatAnswer(c: Context, form: SubmittedForm, { target, cookies, cleared }: z.output<typeof storedShape>) {
  const s = c.get("s");
  const token = readSessionToken(valueSetBy(cookies, cookieName(s, "session")));
  // Session revival: a revoked session is not sent again, and the form counts as new.
  if (token && !(await findVisitor(s, token))) {
    await deleteAnswer(s, form);
    return undefined;
  }
  const isBound = isBoundToBrowser(c, form.token);
  const visitor = c.get("visitor");
  const isSameSession = visitor && token && Buffer.compare(visitor.session.tokenHash, hashSessionToken(token)) === 0;
  // Another user has logged in since: the response belongs to the previous account.
  if (!isBound && visitor && !isSameSession && !isForVisitor(c, form.token)) return undefined;
  // Replaces the headers and flashes of the repeated request.
  c.set("addedHeaders", undefined);
  c.set("flashes", undefined);
  const flash = `${cookieName(s, "flash")}=`;
  for (const cookie of cookies) if (isBound || cookie.startsWith(flash)) addHeader(c, "set-cookie", cookie);
  if (isBound && cleared !== null) addHeader(c, "clear-site-data", cleared);
  return redirectTo(c, target);
}
