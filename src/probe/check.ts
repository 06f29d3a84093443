/** Defines checks and their outcomes. */
import type { Browser } from "./browser.ts";

/** Credentials of the account used by the checks. */
export interface Account {
  /** Value of the login's field `email`: a username if the deployment logs in with usernames. */
  readonly email: string;
  /** Email of a created account. */
  readonly inbox?: string;
  readonly password: string;
}

export interface CheckContext {
  /** Creates a browser without cookies. */
  readonly newBrowser: () => Browser;
  readonly base: URL;
  /** Undefined if unavailable, with the reason in `noAccount`. */
  readonly account: Account | undefined;
  readonly noAccount: string;
}

export interface Outcome {
  readonly outcome: "pass" | "fail" | "skipped";
  readonly observed: string;
}

export interface Check {
  readonly id: string;
  /** What the check does, as a sentence. */
  readonly description: string;
  /** What an attacker could do if it fails. */
  readonly risk: string;
  /** Requirements of OWASP ASVS 5.0. */
  readonly asvs: readonly string[];
  readonly run: (context: CheckContext) => Promise<Outcome>;
}

/** A check that needs an account. */
export interface AccountCheck extends Omit<Check, "run"> {
  readonly run: (context: CheckContext & { readonly account: Account }) => Promise<Outcome>;
}

/** Skips the check if there is no account. */
export function withAccount(check: AccountCheck): Check {
  return {
    ...check,
    run: async (context) => {
      const { account } = context;
      return account ? check.run({ ...context, account }) : skipped(context.noAccount);
    },
  };
}

export const pass = (observed: string): Outcome => ({ outcome: "pass", observed });
export const fail = (observed: string): Outcome => ({ outcome: "fail", observed });
export const skipped = (observed: string): Outcome => ({ outcome: "skipped", observed });

/** Fails with the first problem; passes if there is none. */
export function passUnless(observed: string, ...problems: readonly (string | false)[]): Outcome {
  const first = problems.find((problem) => typeof problem === "string");
  return first === undefined ? pass(observed) : fail(first);
}
