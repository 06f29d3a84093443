/** Requires a second factor at each sign-in of an account that uses one. */
import type { SignInStep } from "../services.ts";
import { levelOf } from "../sessions/methods.ts";

/**
 * Due for every way to log in, since {@link SignInStep} is checked in `signIn` alone. Downgrade: an account whose factors are all gone
 * still needs a recovery code or an administrator (ASVS 6.4.3).
 */
export const twoFactorStep: Omit<SignInStep, "path"> = {
  name: "two-factor",
  due: async (tx, { user, methods }) => {
    if (user.two_factor_since === null || levelOf(methods) === 2 || methods.includes("trusted-device")) return [];
    const enrolled = (await Promise.all(tx.catalog.secondFactors.map((factor) => factor.enrolled(tx, user.id)))).flat();
    return enrolled.length === 0 ? ["recovery-code"] : enrolled;
  },
};
