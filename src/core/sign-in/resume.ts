/** Resumes a sign-in after one of its steps. */
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import type { Session } from "../sessions/session.ts";
import { redeemPendingSignIn } from "./pending-sign-in.ts";
import { type SignInResult, signIn } from "./sign-in.ts";

interface Resumed {
  /** The result of the step. */
  readonly method: Method;
  readonly info: RequestInfo;
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
}

/** Signs in again with the added method; another step may be due. Returns `changed` for an invalid token. */
export async function resumeSignIn(tx: Transaction, token: unknown, { method, info, replaces }: Resumed): Promise<SignInResult> {
  const pending = await redeemPendingSignIn(tx, token);
  if (!pending) return { ok: false, reason: "changed" };
  const { user, methods, remember, isBearer, next } = pending;
  return signIn(tx, { user, methods: [...methods, method] }, { remember, isBearer, next, info, replaces: isBearer ? undefined : replaces });
}
