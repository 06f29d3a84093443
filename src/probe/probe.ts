/** Attacks a running deployment from outside, within bounds, and takes away what it made. */
import { logIn, logOut, type Made, makeAccount, removeAccount } from "./account.ts";
import { Budget, SpentError, Visitor } from "./browser.ts";
import { type Account, type Check, notTried, type Outcome, type Scene } from "./check.ts";
import { limitCheck, loginChecks } from "./checks-login.ts";
import { pageChecks } from "./checks-pages.ts";
import { operatorsCheck, sessionChecks } from "./checks-session.ts";

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

/** For making and removing an account, and for logging a given one out: bounds of their own, so that nothing is left half done. */
const asideOf = (now: () => number) => new Budget(100, 60, now);

/** Throws what the network says where the site does not answer at all, and where there is no login, or none for the account. */
export async function verify({ base, account: given, most, seconds, now, onProgress, signal }: Wishes): Promise<Report> {
  const at = now();
  const budget = new Budget(most, seconds, now);
  const stop = () => budget.stop("It was interrupted.");
  signal.addEventListener("abort", stop);
  const made = await enter(new Visitor(base, asideOf(now)), given);
  const browsers: Visitor[] = [];
  const stranger = () => {
    const browser = new Visitor(base, budget);
    browsers.push(browser);
    return browser;
  };
  const account = given ?? (typeof made === "string" ? undefined : made.account);
  const scene: Scene = { base, account, noAccount: typeof made === "string" ? made : "", stranger };
  const results: Result[] = [];
  let isWhole = true;
  let words = "No account was made.";
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
    const left = given
      ? await leave(given, browsers, asideOf(now))
      : typeof made === "string"
        ? undefined
        : await takeAway(made, asideOf(now));
    words = left?.words ?? words;
    isWhole &&= left?.isGone ?? true;
  }
  return { site: base.href, at, requests: budget.sent, account: words, isWhole, results };
}

/** A check that could not have failed must not pass: there has to be a login, and it has to let the account in. */
async function enter(browser: Visitor, given: Account | undefined): Promise<Made | string> {
  const { status } = await browser.send("/login");
  if (status !== 200) throw new Error(`there is no login of Latchkey: /login answered ${status}.`);
  if (!given) return makeAccount(browser);
  if (!(await logIn(browser, given))) throw new Error("the login did not let the account in.");
  await logOut(browser);
  return "";
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

interface Left {
  readonly isGone: boolean;
  readonly words: string;
}

async function leave({ email }: Account, browsers: readonly Visitor[], budget: Budget): Promise<Left> {
  try {
    for (const browser of browsers) if (browser.hasSession) await logOut(browser.copy(budget));
    return { isGone: true, words: `The account ${email} was given, and is logged out again.` };
  } catch (error) {
    return { isGone: false, words: `The account ${email} was given, and may still be logged in here: ${(error as Error).message}` };
  }
}

async function takeAway(made: Made, budget: Budget): Promise<Left> {
  try {
    return await removeAccount({ ...made, keeper: made.keeper.copy(budget) });
  } catch (error) {
    return {
      isGone: false,
      words: `The account ${made.username} could not be removed: ${(error as Error).message}. Remove it with: latchkey users delete ${made.username}`,
    };
  }
}
