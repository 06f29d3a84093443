/** Resumes a sign-in after one of its steps. */
import type { Reservation } from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { Method } from "../sessions/methods.ts";
import type { Session } from "../sessions/session.ts";
import { redeemPendingSignIn } from "./pending-sign-in.ts";
import { type SignInResult, signIn } from "./sign-in.ts";

interface Resumed {
  /** The proven method, which must be one that the step accepts. */
  readonly method: Method;
  /** What the method proves besides, such as `user-verification`. */
  readonly additions?: readonly Method[] | undefined;
  /** The counted try; released with the session. */
  readonly attempt: Reservation;
  readonly info: RequestInfo;
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
}

/** Signs in again with the added method; another step may be due. Returns `changed` for an invalid token or a method of another step. */
export async function resumeSignIn(
  tx: Transaction,
  token: unknown,
  { method, additions = [], attempt, info, replaces }: Resumed,
): Promise<SignInResult> {
  const pending = await redeemPendingSignIn(tx, token);
  if (!pending?.accepted.includes(method)) return { ok: false, reason: "changed" };
  const { user, methods, attempts, remember, isBearer, next } = pending;
  const authentication = { user, methods: [...methods, method, ...additions], attempts: [...attempts, attempt] } as const;
  return signIn(tx, authentication, { remember, isBearer, next, info, replaces: isBearer ? undefined : replaces });
}
