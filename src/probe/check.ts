/** What a check is, and what comes of it. */
import type { Visitor } from "./browser.ts";

/** An account on the deployment that the checks log in to. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

export interface Scene {
  /** A browser that nobody has used. */
  readonly stranger: () => Visitor;
  readonly base: URL;
  /** Undefined where none could be had, with the reason in `noAccount`. */
  readonly account: Account | undefined;
  readonly noAccount: string;
}

export interface Outcome {
  readonly outcome: "pass" | "fail" | "not tried";
  readonly saw: string;
}

export interface Check {
  readonly id: string;
  /** What is tried, as a sentence. */
  readonly tries: string;
  /** What could happen otherwise. */
  readonly matters: string;
  /** Requirements of OWASP ASVS 5.0. */
  readonly asvs: readonly string[];
  readonly run: (scene: Scene) => Promise<Outcome>;
}

/** A check that there must be an account for. */
export interface AccountCheck extends Omit<Check, "run"> {
  readonly run: (scene: Scene & { readonly account: Account }) => Promise<Outcome>;
}

/** Makes it one that says why it was not tried where there is no account. */
export function withAccount(check: AccountCheck): Check {
  return {
    ...check,
    run: async (scene) => {
      const { account } = scene;
      return account ? check.run({ ...scene, account }) : notTried(scene.noAccount);
    },
  };
}

export const pass = (saw: string): Outcome => ({ outcome: "pass", saw });
export const fail = (saw: string): Outcome => ({ outcome: "fail", saw });
export const notTried = (saw: string): Outcome => ({ outcome: "not tried", saw });

/** Fails with the first thing that is wrong; passes with what was seen where nothing is. */
export function judge(saw: string, ...problems: readonly (string | false)[]): Outcome {
  const first = problems.find((problem) => typeof problem === "string");
  return first === undefined ? pass(saw) : fail(first);
}
