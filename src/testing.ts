/** What `import … from "latchkey/testing"` gives: a Latchkey of its own for each test, with a clock that can be moved and an inbox. */
import "./platform/node-version.ts";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkOptions } from "./library/check-options.ts";
import { type Kept, openLatchkey } from "./library/create-latchkey.ts";
import type { Latchkey, LatchkeyOptions, LatchkeyUser, NewAccount } from "./library/latchkey.ts";

export interface TestLatchkey<Extra = Record<string, unknown>> extends Latchkey<Extra> {
  /** Moves the clock on by so many milliseconds; the wall's stays where it is. */
  readonly passes: (ms: number) => void;
  /** The letters that would have gone out, newest first: all, or those to one address. */
  readonly inbox: (to?: string) => Promise<readonly TestLetter[]>;
  /** Makes an account where there is none of this name, and logs it in without a password. */
  readonly loginAs: (who: TestAccount<Extra>) => Promise<TestLogin<Extra>>;
  /** Lets the session of this login run out; the account's others go on. */
  readonly expireSession: (login: Pick<TestLogin<Extra>, "value">) => Promise<void>;
}

export interface TestLetter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The first link in it, as a path with its query: what a click opens. */
  readonly link: string | undefined;
}

/** A user name, or a whole account. The address is `NAME@example.com` unless it says otherwise. */
export type TestAccount<Extra> = string | (Partial<NewAccount<Extra>> & { readonly username: string });

export interface TestLogin<Extra> {
  readonly user: LatchkeyUser<Extra>;
  /** For the header `cookie`. */
  readonly cookie: string;
  /** Its two parts, for a browser's jar: Playwright's `context.addCookies([{ name, value, url }])`. */
  readonly name: string;
  readonly value: string;
}

/**
 * Opens a Latchkey whose database lives in memory where the system can do that, and is gone when it is closed. Hashing costs next to
 * nothing in it, so it is for tests alone.
 */
export async function createTestLatchkey<Extra = Record<string, unknown>>(
  options: LatchkeyOptions<Extra> = {},
): Promise<TestLatchkey<Extra>> {
  checkOptions(options);
  // A folder in memory, where there is one.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "latchkey-test-"));
  let moved = 0;
  const now = () => Date.now() + moved;
  const own = { databaseUrl: `sqlite:${folder}/test.sqlite`, secretKey: "a key for tests and for nothing else", nodeEnv: "test" } as const;
  const { latchkey, kept } = await openLatchkey<Extra>({ ...own, ...options }, { now, hashCost: cheap });
  return {
    ...latchkey,
    passes: (ms) => {
      moved += ms;
    },
    inbox: async (to) => (await kept.letters()).filter((letter) => to === undefined || letter.to === to).map(withLink),
    loginAs: async (who) => logIn(latchkey, kept, typeof who === "string" ? { username: who } : who),
    expireSession: ({ value }) => kept.expireSession(value),
    close: async () => {
      await latchkey.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };

async function logIn<Extra>(
  latchkey: Latchkey<Extra>,
  kept: Kept,
  account: Partial<NewAccount<Extra>> & { readonly username: string },
): Promise<TestLogin<Extra>> {
  const whole = { email: `${account.username}@example.com`, emailVerified: true, ...account };
  const user = (await latchkey.users.find({ username: account.username })) ?? (await latchkey.users.create(whole));
  const { name, value } = await kept.beginSession(user.id);
  return { user: (await latchkey.users.find({ id: user.id })) ?? user, name, value, cookie: `${name}=${value}` };
}

function withLink(letter: Omit<TestLetter, "link">): TestLetter {
  const { to, subject, text, html } = letter;
  return { to, subject, text, html, link: /https?:\/\/[^/\s]+(\/\S+)/.exec(text)?.[1] };
}
