/** Attacks a running deployment from outside, within bounds, and takes away what it made. */
import { type Made, makeAccount, removeAccount } from "./account.ts";
import { type Account, type Check, notTried, type Outcome, type Scene } from "./check.ts";
import { limitCheck, loginChecks } from "./checks-login.ts";
import { pageChecks } from "./checks-pages.ts";
import { operatorsCheck, sessionChecks } from "./checks-session.ts";
import { Budget, SpentError, Visitor } from "./visitor.ts";

export interface Wishes {
  readonly base: URL;
  /** An account that is there already; undefined makes one, and removes it. */
  readonly account: Account | undefined;
  /** The most requests, and seconds, beside the few that making and removing an account takes. */
  readonly most: number;
  readonly seconds: number;
  readonly now: () => number;
  readonly onProgress: (text: string) => void;
  /** Ends it early; what was made is removed all the same. */
  readonly signal: AbortSignal;
}

export type Result = Pick<Check, "id" | "tries" | "matters" | "asvs"> & Outcome;

export interface Report {
  readonly site: string;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly requests: number;
  /** What became of the account, in words. */
  readonly account: string;
  /** Whether all was tried that could be, and nothing is left behind. */
  readonly isWhole: boolean;
  readonly results: readonly Result[];
}

/** For making the account, and for taking it away: bounds of their own, so that none is left half made or half removed. */
const aside = { requests: 10, seconds: 60 };

/** Throws what the network says where the site does not answer at all. */
export async function verify({ base, account: given, most, seconds, now, onProgress, signal }: Wishes): Promise<Report> {
  const at = now();
  const budget = new Budget(most, seconds, now);
  const stop = () => budget.stop("It was interrupted.");
  signal.addEventListener("abort", stop);
  const made = given ? "An account was given." : await makeOne(new Visitor(base, new Budget(aside.requests, aside.seconds, now)));
  const account = given ?? (typeof made === "string" ? undefined : made.account);
  const scene: Scene = { base, account, noAccount: typeof made === "string" ? made : "", stranger: () => new Visitor(base, budget) };
  const results: Result[] = [];
  let isWhole = true;
  let words = given ? `The account ${given.email} was given, and is as it was.` : "No account was made.";
  try {
    const checks = [...pageChecks, ...loginChecks, ...sessionChecks, ...(given ? [] : [operatorsCheck]), limitCheck];
    for (const check of checks) {
      onProgress(`${results.length + 1} of ${checks.length}: ${check.tries}`);
      const { id, tries, matters, asvs } = check;
      const { isBroken, ...outcome } = await attempt(check, scene);
      if (isBroken) isWhole = false;
      results.push({ id, tries, matters, asvs, ...outcome });
    }
  } finally {
    signal.removeEventListener("abort", stop);
    if (typeof made !== "string") {
      const removed = await takeAway(made, base, now);
      words = removed.words;
      isWhole &&= removed.isGone;
    }
  }
  return { site: base.href, at, requests: budget.sent, account: words, isWhole, results };
}

async function makeOne(browser: Visitor): Promise<Made | string> {
  await browser.send("/login");
  return makeAccount(browser);
}

async function attempt(check: Check, scene: Scene): Promise<Outcome & { readonly isBroken: boolean }> {
  try {
    return { ...(await check.run(scene)), isBroken: false };
  } catch (error) {
    // Bounds, or a connection that broke: neither is the site's answer.
    const why = error instanceof SpentError ? error.message : `The connection broke: ${(error as Error).message}`;
    return { ...notTried(why), isBroken: true };
  }
}

async function takeAway(made: Made, base: URL, now: () => number) {
  const keeper = new Visitor(base, new Budget(aside.requests, aside.seconds, now));
  for (const [name, value] of made.keeper.cookies) keeper.cookies.set(name, value);
  try {
    return await removeAccount({ ...made, keeper });
  } catch (error) {
    return {
      isGone: false,
      words: `The account ${made.username} could not be removed: ${(error as Error).message}. Remove it with: latchkey users delete ${made.username}`,
    };
  }
}
