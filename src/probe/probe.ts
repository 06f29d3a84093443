/** Runs all checks against a deployment, within limits, and cleans up. */
import { type Cleanup, type CreatedAccount, createAccount, deleteAccount, logIn, logOut } from "./account.ts";
import { Browser, BudgetError, RequestBudget } from "./browser.ts";
import { type Account, type Check, type CheckContext, type Outcome, skipped } from "./check.ts";
import { limitCheck, loginChecks } from "./checks-login.ts";
import { pageChecks } from "./checks-pages.ts";
import { adminCheck, sessionChecks } from "./checks-session.ts";

export interface ProbeOptions {
  readonly base: URL;
  /** An existing account; undefined creates one and deletes it afterwards. */
  readonly account: Account | undefined;
  /** Not counting the few requests that create and delete the account. */
  readonly maxRequests: number;
  readonly maxSeconds: number;
  readonly now: () => number;
  readonly onProgress: (text: string) => void;
  /** Stops early; the created account is deleted all the same. */
  readonly signal: AbortSignal;
}

export type Result = Pick<Check, "id" | "description" | "risk" | "asvs"> & Outcome;

export interface Report {
  readonly site: string;
  /** Start, in milliseconds since 1970. */
  readonly at: number;
  readonly requests: number;
  /** Text about the account: deleted, logged out or not created. */
  readonly account: string;
  /** Whether all checks ran and the cleanup worked. */
  readonly isComplete: boolean;
  readonly results: readonly Result[];
}

/** A separate budget for creating, deleting and logging out, so that cleaning up always works. */
const cleanupBudget = (now: () => number) => new RequestBudget(100, 60, now);

/** Throws if the site cannot be reached, has no login page, or rejects the given account. */
export async function probe({ base, account: given, maxRequests, maxSeconds, now, onProgress, signal }: ProbeOptions): Promise<Report> {
  const at = now();
  const budget = new RequestBudget(maxRequests, maxSeconds, now);
  const stop = () => budget.stop("Interrupted.");
  signal.addEventListener("abort", stop);
  const created = await checkLogin(new Browser(base, cleanupBudget(now)), given);
  const browsers: Browser[] = [];
  const newBrowser = () => {
    const browser = new Browser(base, budget);
    browsers.push(browser);
    return browser;
  };
  const account = given ?? (typeof created === "string" ? undefined : created.account);
  const context: CheckContext = { base, account, noAccount: typeof created === "string" ? created : "", newBrowser };
  const results: Result[] = [];
  let isComplete = true;
  let text = "No account was created.";
  try {
    const checks = [...pageChecks, ...loginChecks, ...sessionChecks, ...(given ? [] : [adminCheck]), limitCheck];
    for (const check of checks) {
      onProgress(`${results.length + 1} of ${checks.length}: ${check.description}`);
      const { id, description, risk, asvs } = check;
      const { isBroken, ...outcome } = await attempt(check, context);
      if (isBroken) isComplete = false;
      results.push({ id, description, risk, asvs, ...outcome });
    }
  } finally {
    signal.removeEventListener("abort", stop);
    const cleanup = given
      ? await logOutEverywhere(given, browsers, cleanupBudget(now))
      : typeof created === "string"
        ? undefined
        : await deleteCreatedAccount(created, cleanupBudget(now));
    text = cleanup?.text ?? text;
    isComplete &&= cleanup?.isDone ?? true;
  }
  return { site: base.href, at, requests: budget.sent, account: text, isComplete, results };
}

/** Checks that `/login` accepts the account, because most checks would pass on another site. Returns the account, or the reason for none. */
async function checkLogin(browser: Browser, given: Account | undefined): Promise<CreatedAccount | string> {
  const { status } = await browser.send("/login");
  if (status !== 200) throw new Error(`no Latchkey login page: /login returned ${status}`);
  if (!given) return createAccount(browser);
  if (!(await logIn(browser, given))) throw new Error("the login rejected the account");
  await logOut(browser);
  return "";
}

async function attempt(check: Check, context: CheckContext): Promise<Outcome & { readonly isBroken: boolean }> {
  try {
    return { ...(await check.run(context)), isBroken: false };
  } catch (error) {
    // Exhausted budgets and connection errors are neither pass nor fail.
    const why = error instanceof BudgetError ? error.message : `Connection error: ${(error as Error).message}`;
    return { ...skipped(why), isBroken: true };
  }
}

async function logOutEverywhere({ email }: Account, browsers: readonly Browser[], budget: RequestBudget): Promise<Cleanup> {
  try {
    for (const browser of browsers) if (browser.hasSession) await logOut(browser.copy(budget));
    return { isDone: true, text: `Account ${email} was logged out.` };
  } catch (error) {
    return { isDone: false, text: `Account ${email} may still be logged in: ${(error as Error).message}` };
  }
}

async function deleteCreatedAccount(created: CreatedAccount, budget: RequestBudget): Promise<Cleanup> {
  try {
    return await deleteAccount({ ...created, owner: created.owner.copy(budget) });
  } catch (error) {
    return {
      isDone: false,
      text: `Account ${created.username} could not be deleted: ${(error as Error).message}. Delete it with: latchkey users delete ${created.username}`,
    };
  }
}
