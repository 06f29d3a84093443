/** Opens the login system within an app. */

import { noCustomization, type Theme } from "../core/customization.ts";
import { listKeptEmails } from "../core/mail/outbox.ts";
import { type Background, startBackground } from "../core/maintenance/scheduler.ts";
import { closeServices, type HappenedEvent, openServices, type Services } from "../core/services.ts";
import { readSessionToken } from "../core/sessions/session.ts";
import { beginSessionForTest, expireSessionForTest } from "../core/sign-in/sign-in.ts";
import { collect } from "../features/collect.ts";
import type { Feature } from "../features/feature.ts";
import { features as allFeatures } from "../features/index.ts";
import { openTranslations } from "../features/messages.ts";
import type { Env } from "../http/context.ts";
import { createApp, type LatchkeyApp } from "../http/pipeline.ts";
import { sessionCookieName } from "../http/request/cookies.ts";
import { lazy } from "../platform/lazy.ts";
import { checkOptions } from "./check-options.ts";
import { checkPages } from "./check-pages.ts";
import { asFeature } from "./custom-features.ts";
import { guards } from "./guards.ts";
import { type Latchkey, LatchkeyError, type LatchkeyEvent, type LatchkeyLog, type LatchkeyOptions } from "./latchkey.ts";
import { inOptionWords, readOptions } from "./read-options.ts";
import { sessionsOf, usersOf } from "./users.ts";

/**
 * Opens the database, brings a file up to date, and begins to send letters and to sweep. Throws {@link LatchkeyError}: `invalid` for an
 * option that is not right, with its name; `unavailable` and `schema` where the database cannot be used.
 */
export async function createLatchkey<Extra = Record<string, unknown>>(options: LatchkeyOptions<Extra> = {}): Promise<Latchkey<Extra>> {
  return (await openLatchkey(options)).latchkey;
}

/** What tests may do besides: look into the outbox, and log in without a password. */
export interface Kept {
  readonly letters: () => Promise<
    readonly { readonly to: string; readonly subject: string; readonly text: string; readonly html: string }[]
  >;
  readonly beginSession: (userId: string) => Promise<{ readonly name: string; readonly value: string }>;
  readonly expireSession: (value: string) => Promise<void>;
}

interface ForTests {
  readonly now?: () => number;
  readonly hashCost?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number };
}

/** The same, with a clock and a cost of hashes that are the tests' own. */
export async function openLatchkey<Extra>(
  options: LatchkeyOptions<Extra>,
  forTests: ForTests = {},
): Promise<{ latchkey: Latchkey<Extra>; kept: Kept }> {
  const listeners: Listeners = new Map();
  checkOptions(options);
  const log = options.log ?? errorsOnly;
  const ours = chosen(options.features);
  const settings = readOptions(options, ours.some(({ name }) => name === "dashboard") ? {} : { HOME_URL: "/" });
  const features = [...ours, ...(options.ownFeatures ?? []).map(asFeature)];
  const s = await openServices(settings, {
    ...forTests,
    catalog: collect(features),
    log: log as Services["log"],
    translations: openTranslations(features),
    custom: {
      ...noCustomization,
      pages: options.pages ?? {},
      letters: options.letters ?? {},
      look: await lookOf(options.theme),
      extraUserFields: options.extraUserFields,
      without: leftOut(ours, settings.mountPath),
    },
    onEvent: (event) => tell(listeners, log, event),
  }).catch((error: unknown) => Promise.reject(inOptionWords(error)));
  const { isDeployed, environment, deployedBy } = s.settings;
  if (isDeployed && environment !== "production") log.warn(`nodeEnv is ${environment}, though ${deployedBy}: this counts as production.`);
  const app = await makeApp(s, features);
  const kept: Kept = {
    letters: () => listKeptEmails(s),
    beginSession: async (userId) => ({ name: sessionCookieName(s), value: await beginSessionForTest(s, userId) }),
    expireSession: async (value) => {
      const token = readSessionToken(value);
      if (token) await expireSessionForTest(s, token);
    },
  };
  return { latchkey: faceOf<Extra>(s, app, listeners, startBackground(s)), kept };
}

/** Working colors out takes a library that is loaded for nothing else. */
async function lookOf(theme: Theme | undefined) {
  if (theme === undefined) return noCustomization.look;
  const { workOutTheme } = await import("../http/response/theme.ts");
  try {
    return workOutTheme(theme);
  } catch (error) {
    throw inOptionWords(error);
  }
}

type Listeners = Map<string, Set<(event: LatchkeyEvent) => void | Promise<void>>>;

function faceOf<Extra>(s: Services, app: LatchkeyApp, listeners: Listeners, background: Background): Latchkey<Extra> {
  const { mountPath } = s.settings;
  let isClosed = false;
  const close = async () => {
    await background.stop();
    await closeServices(s);
  };
  const closing = lazy(close);
  return {
    handle: async (request, connection) => {
      if (isClosed) throw new LatchkeyError("closed", "Latchkey was closed.");
      // The bindings of Node's adapter, of which we read one.
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

/** What was opened does not stay open where the rest is refused. */
async function makeApp(s: Services, features: readonly Feature[]): Promise<LatchkeyApp> {
  try {
    checkPages(s, features, allFeatures);
    return createApp(s, features);
  } catch (error) {
    await closeServices(s);
    throw inOptionWords(error);
  }
}

function chosen(features: Readonly<Record<string, boolean>> = {}) {
  return allFeatures.filter(({ name }) => features[name] ?? !ownedByApps.has(name));
}

/** An app has these pages of its own, unless it asks for ours. */
const ownedByApps: ReadonlySet<string> = new Set(["home", "dashboard"]);

/** At the root, `/healthz` and `/openapi.json` are the app's as well. */
function leftOut(ours: readonly Feature[], mountPath: string): Set<string> {
  const missing = allFeatures.filter((feature) => !ours.includes(feature)).map(({ name }) => name);
  return new Set([...missing, ...(mountPath === "" ? ["health", "openapi"] : [])]);
}

function tell(listeners: Listeners, log: LatchkeyLog, happened: HappenedEvent): void {
  const event = happened as LatchkeyEvent;
  for (const listener of [...(listeners.get(event.event) ?? []), ...(listeners.get("any") ?? [])]) {
    // Its own errors are not the person's: what happened has happened.
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
