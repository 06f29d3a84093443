/** Resumes a sign-in after one of its steps. */
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import type { Session } from "../sessions/session.ts";
import { redeemPendingSignIn } from "./pending-sign-in.ts";
import { type SignInResult, signIn } from "./sign-in.ts";

interface Resumed {
  /** What the step has proved. */
  readonly method: Method;
  readonly info: RequestInfo;
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
}

/** Passes the same door again with one method more; another step may be due. `changed` for a dead token. */
export async function resumeSignIn(tx: Transaction, token: unknown, { method, info, replaces }: Resumed): Promise<SignInResult> {
  const pending = await redeemPendingSignIn(tx, token);
  if (!pending) return { ok: false, reason: "changed" };
  const { user, methods, remember, isBearer, next } = pending;
  return signIn(tx, { user, methods: [...methods, method] }, { remember, isBearer, next, info, replaces: isBearer ? undefined : replaces });
}
