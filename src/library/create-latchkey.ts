/** Opens Latchkey as a library. */

import { lockAccount } from "../core/credentials/guard-change.ts";
import { type Customization, noCustomization } from "../core/customization.ts";
import { listUnsentEmails } from "../core/mail/outbox.ts";
import { type CommittedEvent, inTransaction, type Services } from "../core/services.ts";
import type { Method } from "../core/sessions/methods.ts";
import { readSessionToken } from "../core/sessions/session.ts";
import { beginSessionForTest, expireSessionForTest } from "../core/sign-in/sign-in.ts";
import type { Feature } from "../features/feature.ts";
import { features as allFeatures } from "../features/index.ts";
import { type Instance, openServing } from "../features/open-instance.ts";
import type { Env } from "../http/context.ts";
import { createApp, type LatchkeyApp } from "../http/pipeline.ts";
import { sessionCookieName } from "../http/request/cookies.ts";
import { lookOf } from "../http/response/look.ts";
import { lazy } from "../platform/lazy.ts";
import { checkOptions } from "./check-options.ts";
import { checkPages } from "./check-pages.ts";
import { asFeature } from "./custom-features.ts";
import { guards } from "./guards.ts";
import { type Latchkey, LatchkeyError, type LatchkeyEvent, type LatchkeyLog, type LatchkeyOptions } from "./latchkey.ts";
import { inOptionWords, readOptions } from "./read-options.ts";
import { sessionsOf, usersOf } from "./users.ts";

/**
 * Opens the database, migrates an SQLite file, and starts background jobs (emails, cleanup). Throws {@link LatchkeyError} `invalid` with the
 * name of the option, or `unavailable` or `schema` if the database can't be used.
 */
export async function createLatchkey<Extra = Record<string, unknown>>(options: LatchkeyOptions<Extra> = {}): Promise<Latchkey<Extra>> {
  return (await openLatchkey(options)).latchkey;
}

/** For tests: reads the outbox, and starts sessions without a password. */
export interface TestHooks {
  readonly emails: () => Promise<
    readonly { readonly to: string; readonly subject: string; readonly text: string; readonly html: string }[]
  >;
  readonly beginSession: (userId: string, methods: readonly Method[]) => Promise<{ readonly name: string; readonly value: string }>;
  readonly expireSession: (value: string) => Promise<void>;
  /** Adds an authenticator app to an account without one, and turns two-factor authentication on. */
  readonly enrol: (userId: string, secret: string) => Promise<void>;
}

interface ForTests {
  readonly now?: () => number;
  readonly hashCost?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number };
  readonly fetchProvider?: typeof fetch | undefined;
}

/** Like `createLatchkey`, with hooks, a clock and a hash cost for tests. */
export async function openLatchkey<Extra>(
  options: LatchkeyOptions<Extra>,
  { fetchProvider, ...forTests }: ForTests = {},
): Promise<{ latchkey: Latchkey<Extra>; hooks: TestHooks }> {
  const listeners: Listeners = new Map();
  checkOptions(options);
  const log = options.log ?? errorsOnly;
  const builtIn = enabledFeatures(options.features);
  const settings = readOptions(options);
  const features = [...builtIn, ...(options.ownFeatures ?? []).map(asFeature)];
  const instance = await openServing(settings, features, {
    ...forTests,
    log: log as Services["log"],
    ownTranslations: options.translations,
    custom: {
      ...noCustomization,
      pages: options.pages ?? {},
      emails: options.emails ?? {},
      look: await lookOf(options.theme).catch((error: unknown) => Promise.reject(inOptionWords(error))),
      extraUserFields: options.extraUserFields,
      without: ownedByHost(settings.mountPath),
      fetchProvider,
    },
    onEvent: (event) => notify(listeners, log, event),
  }).catch((error: unknown) => Promise.reject(inOptionWords(error)));
  const { s } = instance;
  const { isDeployed, environment, deployedBy } = s.settings;
  if (isDeployed && environment !== "production") log.warn(`nodeEnv is ${environment}, but ${deployedBy}: this counts as production.`);
  const app = await createLibraryApp(instance, features);
  instance.startJobs();
  const hooks: TestHooks = {
    emails: () => listUnsentEmails(s),
    beginSession: async (userId, methods) => ({ name: sessionCookieName(s), value: await beginSessionForTest(s, userId, methods) }),
    expireSession: async (value) => {
      const token = readSessionToken(value);
      if (token) await expireSessionForTest(s, token);
    },
    enrol: (userId, secret) => enrol(s, userId, secret),
  };
  return { latchkey: createFacade<Extra>(instance, app, listeners), hooks };
}

async function enrol(s: Services, userId: string, secret: string): Promise<void> {
  if (s.settings.environment !== "test") throw new Error("Factors without enrolment are for tests only.");
  const { importAuthenticator } = await import("../core/two-factor/authenticators.ts");
  const { turnOn } = await import("../core/two-factor/state.ts");
  await inTransaction(s, async (tx) => {
    const account = await lockAccount(tx, userId);
    if (!account) throw new Error("There is no such account.");
    await importAuthenticator(tx, account, { secret, name: "Test" });
    await turnOn(tx, account);
  });
}

type Listeners = Map<string, Set<(event: LatchkeyEvent) => void | Promise<void>>>;

function createFacade<Extra>({ s, close }: Instance, app: LatchkeyApp, listeners: Listeners): Latchkey<Extra> {
  const { mountPath } = s.settings;
  let isClosed = false;
  const closing = lazy(close);
  return {
    handle: async (request, connection) => {
      if (isClosed) throw new LatchkeyError("closed", "Latchkey was closed.");
      // The part of the bindings of Node's adapter that is read.
      const bindings = { incoming: { socket: { remoteAddress: connection?.remoteAddress } } };
      return app.fetch(request, bindings as unknown as Env["Bindings"]);
    },
    serves: (path) => path.startsWith(mountPath) && app.serves(path.slice(mountPath.length) || "/"),
    ...guards<Extra>(s),
    users: usersOf<Extra>(s),
    sessions: sessionsOf(s),
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener));
      return () => known.delete(listener);
    },
    close: () => {
      isClosed = true;
      return closing.get();
    },
  };
}

/** Closes the services if the options turn out to be invalid. */
async function createLibraryApp({ s, close }: Instance, features: readonly Feature[]): Promise<LatchkeyApp> {
  try {
    await s.places.open();
    checkPages(s, features, allFeatures);
    return createApp(s, features);
  } catch (error) {
    await close();
    throw inOptionWords(error);
  }
}

function enabledFeatures(features: Readonly<Record<string, boolean>> = {}) {
  return allFeatures.filter(({ name }) => features[name] ?? !offByDefault.has(name));
}

/** Off by default: host apps have these pages themselves. */
const offByDefault: ReadonlySet<string> = new Set(["home", "dashboard"]);

/** Without `mountPath`, `/healthz` and `/openapi.json` are the host app's. */
function ownedByHost(mountPath: string): Customization["without"] {
  return new Set(mountPath === "" ? ["health", "openapi"] : []);
}

function notify(listeners: Listeners, log: LatchkeyLog, committed: CommittedEvent): void {
  const event = committed as LatchkeyEvent;
  for (const listener of [...(listeners.get(event.event) ?? []), ...(listeners.get("any") ?? [])]) {
    // A listener runs after commit: its errors are logged and never reach the user.
    Promise.resolve()
      .then(() => listener(event))
      .catch((error: unknown) => log.error({ err: error, event: event.event }, "a listener failed"));
  }
}

const errorsOnly: LatchkeyLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (...line) => console.error(...line),
};
