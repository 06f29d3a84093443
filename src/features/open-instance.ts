/** Opens an instance: services, declarations of features, background jobs. */
import type { Settings } from "../config/load.ts";
import { noCustomization } from "../core/customization.ts";
import { type Background, startBackground } from "../core/maintenance/scheduler.ts";
import { closeServices, openServices, type ServiceOptions } from "../core/open-services.ts";
import type { Services } from "../core/services.ts";
import { twoFactorStep } from "../core/sign-in/two-factor-step.ts";
import { lookFromSettings } from "../http/response/look.ts";
import { collect } from "./collect.ts";
import type { Feature } from "./feature.ts";
import { loadLanguages, openTranslations } from "./messages.ts";
import type { OwnTranslations } from "./own-translations.ts";

export interface Instance {
  readonly s: Services;
  /** Starts sending emails, sealing audit events and deleting expired rows, until `stopJobs` or `close`. */
  readonly startJobs: () => void;
  /** Resolves when running jobs have ended. */
  readonly stopJobs: () => Promise<void>;
  /** Stops the jobs, then closes the mailer and the database. */
  readonly close: () => Promise<void>;
}

interface InstanceOptions extends Omit<ServiceOptions, "catalog" | "translations"> {
  /** Texts of the host app, which add languages or replace texts. */
  readonly ownTranslations?: OwnTranslations | undefined;
}

/** For the server, the library and commands. Throws like {@link openServices}. */
export async function openInstance(
  settings: Settings,
  features: readonly Feature[],
  { ownTranslations, ...options }: InstanceOptions = {},
): Promise<Instance> {
  const translations = openTranslations(features, await loadLanguages(features, settings.languages, ownTranslations));
  const custom = options.custom ?? { ...noCustomization, look: await lookFromSettings(settings) };
  const s = await openServices(settings, { ...options, custom, catalog: collect(features), translations });
  let background: Background | undefined;
  const stopJobs = async () => {
    await background?.stop();
    background = undefined;
  };
  return {
    s,
    startJobs: () => {
      background ??= startBackground(s);
    },
    stopJobs,
    close: async () => {
      await stopJobs();
      await closeServices(s);
    },
  };
}

/** Like {@link openInstance}, for what serves requests: throws as well where a feature refuses to start. */
export async function openServing(settings: Settings, features: readonly Feature[], options: InstanceOptions = {}): Promise<Instance> {
  const instance = await openInstance(settings, features, options);
  try {
    for (const { checkAtStart } of features) await checkAtStart?.(instance.s);
    await reportUnaskedFactors(instance.s);
    return instance;
  } catch (error) {
    await instance.close();
    throw error;
  }
}

/** Downgrade: without its feature, the second factor of an account that uses one is never asked for. */
async function reportUnaskedFactors({ catalog, db, log }: Services): Promise<void> {
  if (catalog.signInSteps.some(({ name }) => name === twoFactorStep.name)) return;
  const user = await db.selectFrom("users").select("id").where("two_factor_since", "is not", null).limit(1).executeTakeFirst();
  if (user) log.error("The feature two-factor is off, so accounts that use a second factor log in without it: turn it on.");
}
