/** Resumes a sign-in after one of its steps. */
import { confirmEmailedPassword } from "../credentials/password/set.ts";
import type { Reservation } from "../rate-limits/rate-limits.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Transaction } from "../services.ts";
import type { FactorId } from "../sessions/factor-id.ts";
import { levelOf, type Method } from "../sessions/methods.ts";
import type { Session } from "../sessions/session.ts";
import { redeemPendingSignIn } from "./pending-sign-in.ts";
import { type SignInResult, signIn } from "./sign-in.ts";

interface Resumed {
  /** The proven method, which must be one that the step accepts. */
  readonly method: Method;
  /** What the method proves besides, such as `user-verification`. */
  readonly additions?: readonly Method[] | undefined;
  /** The factor that proved it. */
  readonly factor?: FactorId | undefined;
  /** The counted try; released with the session. */
  readonly attempt: Reservation;
  readonly info: RequestInfo;
  readonly replaces?: Pick<Session, "tokenHash"> | undefined;
  /** Whether the next sign-ins in this browser skip the second step (`TWO_FACTOR_TRUST`). Ignored for a JSON client without cookies. */
  readonly trust?: boolean | undefined;
}

/** Signs in again with the added method; another step may be due. Returns `changed` for an invalid token or a method of another step. */
export async function resumeSignIn(
  tx: Transaction,
  token: unknown,
  { method, additions = [], factor, attempt, info, replaces, trust = false }: Resumed,
): Promise<SignInResult> {
  const pending = await redeemPendingSignIn(tx, token);
  if (!pending?.accepted.includes(method)) return { ok: false, reason: "changed" };
  const { user, methods, attempts, remember, isBearer, next, identity, roles } = pending;
  const authentication = {
    user,
    methods: [...methods, method, ...additions],
    attempts: [...attempts, attempt],
    identity,
    factor,
    roles,
  } as const;
  const result = await signIn(tx, authentication, { remember, isBearer, next, info, replaces: isBearer ? undefined : replaces });
  if (result.ok && methods.includes("password") && levelOf(result.session.methods) === 2) await confirmEmailedPassword(tx, user);
  if (!result.ok || !trust || isBearer || tx.settings.twoFactorTrustMs === 0 || levelOf(result.session.methods) === 1) return result;
  const { trustDevice } = await import("../two-factor/trusted-devices.ts");
  return { ...result, trust: await trustDevice(tx, user.id, info) };
}
