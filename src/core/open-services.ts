/** Opens and closes the services that core functions share. */

import type { LogEvent } from "kysely";
import { pino } from "pino";
import type { Settings } from "../config/load.ts";
import { migrateAtStart } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { createWriteProbe } from "../db/write-probe.ts";
import { createTranslations, type Translations } from "../i18n/translations.ts";
import { createKeyring } from "../platform/crypto/keyring.ts";
import { createRandomSource } from "../platform/crypto/random-pool.ts";
import { createIdSource } from "../platform/crypto/uuid-v7.ts";
import { systemClock } from "./clock.ts";
import { openBreachedPasswords } from "./credentials/password/breached.ts";
import { openCommonPasswords } from "./credentials/password/common.ts";
import { createHashQueue, hashConcurrency } from "./credentials/password/hash-queue.ts";
import { type Customization, noCustomization } from "./customization.ts";
import { keyringName } from "./key-purposes.ts";
import { openMailer } from "./mail/mailer.ts";
import { openPlaces } from "./places.ts";
import type { Catalog, CommittedEvent, HashCost, Services } from "./services.ts";
import type { Logger, Telemetry } from "./telemetry.ts";

/** An empty catalog, for tests of core and before features are collected. */
const emptyCatalog: Catalog = {
  tokens: [],
  events: new Map(),
  emails: new Map(),
  jobs: [],
  signInSteps: [],
  secondFactors: [],
  takeBack: [],
  takeBackChoices: [],
  waysIn: [],
  pages: new Map(),
  exportData: [],
  eraseData: [],
};

/** OWASP's parameters: 19 MiB, two passes, one lane (ASVS 11.4.2). */
const owaspCost: HashCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface ServiceOptions {
  /** Tests use a lower cost, because they compute thousands of hashes. */
  readonly hashCost?: HashCost;
  readonly now?: () => number;
  readonly custom?: Customization;
  readonly catalog?: Catalog;
  /** Messages of core and features; none by default, for tests of core. */
  readonly translations?: Translations;
  readonly onEvent?: (event: CommittedEvent) => void;
  readonly telemetry?: Telemetry | undefined;
  readonly log?: Logger;
  readonly leaving?: AbortSignal;
  /** Called after each database query. */
  readonly onQuery?: (event: LogEvent) => void;
  /** Called after a disk failure: every query is rejected from then on, so the process must restart. */
  readonly onDiskFailure?: (error: Error) => void;
  /** Called at the start of each hash, with its scheme. */
  readonly onHash?: (scheme: string) => void;
}

/** Opens and migrates the database, and creates the other services. Throws if the database cannot be opened or migrated. */
export async function openServices(settings: Settings, options: ServiceOptions = {}): Promise<Services> {
  const now = options.now ?? systemClock;
  const log = options.log ?? pino({ level: settings.logLevel });
  const db = await openDatabase(
    {
      url: settings.databaseUrl,
      connections: settings.databaseConnections,
      timeoutMs: settings.databaseTimeoutMs,
      isPooled: settings.databasePooler === "transaction",
    },
    options.onQuery,
    options.onDiskFailure,
  );
  try {
    await migrateAtStart(db, settings.databaseUrl, now());
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const catalog = options.catalog ?? emptyCatalog;
  return {
    settings: withHome(settings, catalog),
    custom: options.custom ?? noCustomization,
    catalog,
    translations: options.translations ?? createTranslations([]),
    db,
    writeProbe: createWriteProbe(db, now),
    mailer: openMailer(settings),
    keptEmails: { latestAt: 0 },
    commonPasswords: openCommonPasswords(),
    breachedPasswords: openBreachedPasswords(settings, log),
    places: openPlaces(settings, log, now),
    hasher: createHashQueue(settings.hashQueue, options.onHash, hashConcurrency(settings.workers), options.telemetry),
    hashCost: options.hashCost ?? owaspCost,
    keyring: createKeyring(settings.secretKeys, keyringName),
    onEvent: options.onEvent,
    telemetry: options.telemetry,
    leaving: options.leaving,
    log,
    now,
    newId: createIdSource(now),
    random: createRandomSource(),
  };
}

/** Without `HOME_URL`, home is the page with that role, else `/`. */
function withHome(settings: Settings, { pages }: Catalog): Settings {
  const home = pages.get("home");
  return settings.homeUrl === "" ? { ...settings, homeUrl: home ? settings.mountPath + home.path : "/" } : settings;
}

export async function closeServices(s: Services): Promise<void> {
  s.mailer?.close();
  await s.db.destroy();
}
