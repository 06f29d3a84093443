/** Gives a form that is sent twice its first answer: a double click or a slow line must not undo, or report as failed, what succeeded. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { findVisitor, hashSessionToken, readSessionToken } from "../../core/sessions/session.ts";
import {
  claimForm,
  FormRepeatedError,
  findAnswer,
  forgetAnswer,
  keepAnswer,
  releaseForm,
  type SentForm,
  sentForm,
} from "../../core/sessions/submitted-forms.ts";
import type { Context } from "../context.ts";
import { loginRequired } from "../request/authenticate.ts";
import { cookieName, valueSetBy } from "../request/cookies.ts";
import { isBoundHere, isOfVisitor, sentToken } from "../request/csrf.ts";
import { refuseUnread } from "../request/unsafe-methods.ts";
import { answerError, redirectTo } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";

const answerShape = z.object({ target: z.string(), cookies: z.array(z.string()), cleared: z.string().nullable() });

/** How long the first answer is waited for, where another process is still at it. */
const pauseMs = 50;
const mostPauses = 200;

const stillPending = {
  code: "sent-already",
  message: "This form was sent already, and is still being worked on. Please wait a moment and look at what it has changed.",
};

export type Once = (c: Context, answer: () => Promise<Response>) => Promise<Response>;

/** For who is not logged in: a form that is sent again gets its first answer, for it may have ended the very session that it was sent in. */
export async function recallOrLogIn(c: Context): Promise<Response> {
  const form = (await refuseUnread(c)) ? undefined : readSent(c);
  const answer = (form && (await recall(c, form))) ?? loginRequired(c);
  if (!answer) throw new Error(`${c.req.path} asked a visitor to log in.`);
  return answer;
}

/** Answers each form once; those that come to one process while the first is being answered wait for it. */
export function createOnce(): Once {
  const inFlight = new Map<string, Promise<void>>();
  return async (c, answer) => {
    const form = readSent(c);
    if (!form) return answer();
    for (;;) {
      const before = await recall(c, form);
      if (before) return before;
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

/** Only forms of pages: a program knows what it has sent, and sends its token in a header. */
function readSent(c: Context): SentForm | undefined {
  const token = sentToken(c);
  return token === undefined ? undefined : sentForm(c.req.path, token, c.get("body"), c.get("requestId"));
}

async function answerFirst(c: Context, form: SentForm, answer: () => Promise<Response>): Promise<Response> {
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
      if (isClaimed) await orWarn(c, keepAnswer(s, form, answerOf(response)));
      return response;
    }
    // What another process has done meanwhile is the reason why it fails here.
    if (isClaimed) await orWarn(c, releaseForm(s, form));
    return (await recall(c, form)) ?? response;
  } catch (error) {
    if (error instanceof FormRepeatedError) return (await recall(c, form)) ?? answerError(c, 409, stillPending);
    if (isClaimed) await orWarn(c, releaseForm(s, form));
    throw error;
  } finally {
    c.set("s", s);
  }
}

/** What is done is done, and answered so, where the database is lost only after it. */
async function orWarn(c: Context, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    c.get("s").log.warn({ err: error, id: c.get("requestId") }, "could not note how a form was answered");
  }
}

function answerOf({ headers }: Response): z.output<typeof answerShape> {
  return { target: headers.get("location") ?? "/", cookies: headers.getSetCookie(), cleared: headers.get("clear-site-data") };
}

async function recall(c: Context, form: SentForm): Promise<Response | undefined> {
  const s = c.get("s");
  for (let pauses = 0; pauses < mostPauses; pauses++) {
    const found = await findAnswer(s, form);
    if (found === undefined) return undefined;
    if (found !== "pending") return answerAgain(c, form, answerShape.parse(found.answer));
    await pause(pauseMs);
  }
  return answerError(c, 409, stillPending);
}

/**
 * The first answer, for the browser that got it or should have. Cookies go only to who holds the cookie that the form was shown to, dead or
 * alive: a form that somebody else makes this browser send must not log it in (login CSRF).
 */
async function answerAgain(c: Context, form: SentForm, { target, cookies, cleared }: z.output<typeof answerShape>) {
  const s = c.get("s");
  const token = readSessionToken(valueSetBy(cookies, cookieName(s, "session")));
  // A session that has ended since is given to nobody: the form counts as a new one.
  if (token && !(await findVisitor(s, token))) {
    await forgetAnswer(s, form);
    return undefined;
  }
  const isBound = isBoundHere(c, form.token);
  const visitor = c.get("visitor");
  const isTheirs = visitor && token && Buffer.compare(visitor.session.tokenHash, hashSessionToken(token)) === 0;
  // Somebody else has logged in since: what was done to another account is not told as theirs.
  if (!isBound && visitor && !isTheirs && !isOfVisitor(c, form.token)) return undefined;
  // What the repeated request has prepared to say is not said.
  c.set("addedHeaders", undefined);
  c.set("flashes", undefined);
  const flash = `${cookieName(s, "flash")}=`;
  for (const cookie of cookies) if (isBound || cookie.startsWith(flash)) addHeader(c, "set-cookie", cookie);
  if (isBound && cleared !== null) addHeader(c, "clear-site-data", cleared);
  return redirectTo(c, target);
}
