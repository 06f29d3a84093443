/** Exports the package `latchkey/testing`: isolated instances with a clock and inbox. */
import "./platform/node-version.ts";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { totpCode as codeOf, newTotpSecret, totpStep } from "./core/two-factor/totp.ts";
import { checkOptions } from "./library/check-options.ts";
import { openLatchkey, type TestHooks } from "./library/create-latchkey.ts";
import { type Latchkey, LatchkeyError, type LatchkeyOptions, type NewAccount, type User } from "./library/latchkey.ts";
import { decodeBase32 } from "./platform/base32.ts";

/** What a test replaces beside the options. */
export interface TestHookOptions {
  /** Sends the requests to providers, such as `fetch` of `createTestProvider`. */
  readonly fetchProvider?: typeof fetch;
}

/** A Latchkey with a clock and an inbox. */
export interface TestLatchkey<Extra = Record<string, unknown>> extends Latchkey<Extra> {
  /** Advances Latchkey's clock, without waiting. */
  readonly passes: (ms: number) => void;
  /** Latchkey's clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Returns the emails that would have been sent, newest first: all, or those to one recipient. */
  readonly inbox: (to?: string) => Promise<readonly TestEmail[]>;
  /**
   * Creates the account if the username is new, and logs it in without a password. Level 2 is a session as after a second factor; an account
   * without two-factor authentication gets an authenticator app, whose secret is `totpSecret`.
   */
  readonly loginAs: (account: TestAccount<Extra>, options?: { readonly level?: 1 | 2 }) => Promise<TestLogin<Extra>>;
  /** Expires the session of this login; other sessions of the account stay active. */
  readonly expireSession: (login: Pick<TestLogin<Extra>, "value">) => Promise<void>;
}

/** A sent email. */
export interface TestEmail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The first link, as a path with its query. */
  readonly link: string | undefined;
}

/** A username, or an account. The default email is `USERNAME@example.com`, verified. */
export type TestAccount<Extra> = string | (Partial<NewAccount<Extra>> & { readonly username: string });

/** A logged-in user. */
export interface TestLogin<Extra> {
  readonly user: User<Extra>;
  /** Value of the header `cookie`. */
  readonly cookie: string;
  /** The cookie's name and value, as for Playwright's `context.addCookies([{ name, value, url }])`. */
  readonly name: string;
  readonly value: string;
  /** Secret of the authenticator app that a login at level 2 has added, for `totpCode`. */
  readonly totpSecret?: string;
}

/**
 * Opens a Latchkey with a temporary database, in memory where possible, which `close` deletes. For tests only: password hashing is too cheap to
 * be secure.
 */
export async function createTestLatchkey<Extra = Record<string, unknown>>(
  options: LatchkeyOptions<Extra> = {},
  { fetchProvider }: TestHookOptions = {},
): Promise<TestLatchkey<Extra>> {
  checkOptions(options);
  // /dev/shm is in memory.
  const directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "latchkey-test-"));
  let advancedMs = 0;
  const now = () => Date.now() + advancedMs;
  const defaults = {
    databaseUrl: `sqlite:${directory}/test.sqlite`,
    secretKey: "an insecure key that is for tests only",
    nodeEnv: "test",
  } as const;
  const secrets = new Map<string, string>();
  // Deployed by mistake: its hashes are too cheap, and it logs in without a password.
  if ((options.nodeEnv ?? "test") !== "test") {
    throw new LatchkeyError("invalid", "createTestLatchkey is for tests: leave nodeEnv out.", { option: "nodeEnv" });
  }
  const { latchkey, hooks } = await openLatchkey<Extra>({ ...defaults, ...options }, { now, hashCost: cheapHashes, fetchProvider });
  return {
    ...latchkey,
    now,
    passes: (ms) => {
      advancedMs += ms;
    },
    inbox: async (to) => (await hooks.emails()).filter((email) => to === undefined || email.to === to).map(withLink),
    loginAs: async (account, { level = 1 } = {}) =>
      logIn(latchkey, hooks, { account: typeof account === "string" ? { username: account } : account, level, secrets }),
    expireSession: ({ value }) => hooks.expireSession(value),
    close: async () => {
      await latchkey.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const cheapHashes = { memoryCost: 64, timeCost: 1, parallelism: 1 };

async function logIn<Extra>(
  latchkey: Latchkey<Extra>,
  hooks: TestHooks,
  { account, level, secrets }: LoginAs<Extra>,
): Promise<TestLogin<Extra>> {
  const complete = { email: `${account.username}@example.com`, emailVerified: true, ...account };
  const user = (await latchkey.users.find({ username: account.username })) ?? (await latchkey.users.create(complete));
  if (level === 2 && user.twoFactorSince === null) {
    const secret = newTotpSecret();
    await hooks.enrol(user.id, secret);
    secrets.set(user.id, secret);
  }
  const { name, value } = await hooks.beginSession(user.id, level === 2 ? ["password", "totp"] : ["password"]);
  const totpSecret = secrets.get(user.id);
  return {
    ...{ user: (await latchkey.users.find({ id: user.id })) ?? user, name, value, cookie: `${name}=${value}` },
    ...(totpSecret === undefined ? {} : { totpSecret }),
  };
}

interface LoginAs<Extra> {
  readonly account: Partial<NewAccount<Extra>> & { readonly username: string };
  readonly level: 1 | 2;
  /** Secrets of the authenticators that logins have added, by user ID. */
  readonly secrets: Map<string, string>;
}

/** Returns the code that an authenticator app with this secret (base32) shows at a time in milliseconds since 1970. Throws a `TypeError`. */
export function totpCode(secret: string, at: number): string {
  const key = decodeBase32(secret);
  if (!key || key.length === 0) throw new TypeError("The secret must be base32.");
  return codeOf(key, totpStep(at));
}

function withLink(email: Omit<TestEmail, "link">): TestEmail {
  const { to, subject, text, html } = email;
  return { to, subject, text, html, link: /https?:\/\/[^/\s]+(\/\S+)/.exec(text)?.[1] };
}

export {
  type ClientData,
  createSoftwarePasskey,
  type ExportedPasskey,
  type PasskeyAnswer,
  type PasskeyAssertion,
  type PasskeyCreation,
  type PasskeyRegistration,
  type PasskeyRequest,
  type SoftwarePasskey,
  type SoftwarePasskeyOptions,
} from "./library/software-passkey.ts";
export { createTestProvider } from "./library/test-provider.ts";
export type {
  ForgedSignature,
  TestProvider,
  TestProviderEndpoint,
  TestProviderLies,
  TestProviderOptions,
  TestProviderUser,
} from "./library/test-provider-types.ts";
