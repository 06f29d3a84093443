/** Answers a form that is sent twice with its first answer (decision 018). */
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
import { message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { loginRequired } from "../request/authenticate.ts";
import { cookieName, valueSetBy } from "../request/cookies.ts";
import { isBoundHere, isOfVisitor, sentToken } from "../request/csrf.ts";
import { refuseUnread } from "../request/unsafe-methods.ts";
import { messages } from "../response/errors.messages.ts";
import { answerError, redirectTo } from "../response/respond.ts";
import { addHeader } from "../response/security-headers.ts";

const answerShape = z.object({ target: z.string(), cookies: z.array(z.string()), cleared: z.string().nullable() });

/** Waits this long, this often, for the first answer of another process. */
const pauseMs = 50;
const mostPauses = 200;

const stillPending = { code: "sent-already", message: message(messages, "pending") };

export type Once = (c: Context, answer: () => Promise<Response>) => Promise<Response>;

/** Without a session: the first answer of a form that is sent again, since it may have ended its own session; else the login page. */
export async function recallOrLogIn(c: Context): Promise<Response> {
  const form = (await refuseUnread(c)) ? undefined : readSent(c);
  const answer = (form && (await recall(c, form))) ?? loginRequired(c);
  if (!answer) throw new Error(`${c.req.path} asked a visitor to log in.`);
  return answer;
}

/** Answers each form once; repeats within one process wait for the first. */
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

/** Forms of pages only: API clients send their token in a header, and may repeat a request on purpose. */
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
    // It may fail here because another process has just succeeded.
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

/** The action has succeeded, so a lost database connection after it is only logged. */
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

/** Repeats the first answer. Login CSRF: its cookies go only to the browser that the form was shown to. */
async function answerAgain(c: Context, form: SentForm, { target, cookies, cleared }: z.output<typeof answerShape>) {
  const s = c.get("s");
  const token = readSessionToken(valueSetBy(cookies, cookieName(s, "session")));
  // A session that has ended since is not handed out again: the form counts as a new one.
  if (token && !(await findVisitor(s, token))) {
    await forgetAnswer(s, form);
    return undefined;
  }
  const isBound = isBoundHere(c, form.token);
  const visitor = c.get("visitor");
  const isTheirs = visitor && token && Buffer.compare(visitor.session.tokenHash, hashSessionToken(token)) === 0;
  // Another user has logged in since: the answer belongs to another account.
  if (!isBound && visitor && !isTheirs && !isOfVisitor(c, form.token)) return undefined;
  // Replaces the headers and flashes of the repeated request.
  c.set("addedHeaders", undefined);
  c.set("flashes", undefined);
  const flash = `${cookieName(s, "flash")}=`;
  for (const cookie of cookies) if (isBound || cookie.startsWith(flash)) addHeader(c, "set-cookie", cookie);
  if (isBound && cleared !== null) addHeader(c, "clear-site-data", cleared);
  return redirectTo(c, target);
}
