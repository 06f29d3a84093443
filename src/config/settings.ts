/** Collects the settings of all sections, and their types. */
import type { z } from "zod";
import type { Provider } from "./providers/provider.ts";
import { accounts } from "./sections/accounts.ts";
import { database } from "./sections/database.ts";
import { emailLogin } from "./sections/email-login.ts";
import { integrations } from "./sections/integrations.ts";
import { mail } from "./sections/mail.ts";
import { migration } from "./sections/migration.ts";
import { observability } from "./sections/observability.ts";
import { passkeys } from "./sections/passkeys.ts";
import { passwords } from "./sections/passwords.ts";
import { providers } from "./sections/providers.ts";
import { rateLimits } from "./sections/rate-limits.ts";
import { recovery } from "./sections/recovery.ts";
import { server } from "./sections/server.ts";
import { sessions } from "./sections/sessions.ts";
import { site } from "./sections/site.ts";
import { theme } from "./sections/theme.ts";
import { twoFactor } from "./sections/two-factor.ts";
import type { Section } from "./setting.ts";

/** In the order of the documentation, with the heading of each section. */
export const sections: Readonly<Record<string, Section>> = {
  Server: server,
  Database: database,
  Site: site,
  Theme: theme,
  Email: mail,
  Sessions: sessions,
  Passwords: passwords,
  Recovery: recovery,
  "Two-factor authentication": twoFactor,
  Passkeys: passkeys,
  "Login by email": emailLogin,
  "Other providers": providers,
  "Rate limits": rateLimits,
  Accounts: accounts,
  "Other apps": integrations,
  "Logs and metrics": observability,
  Migrating: migration,
};

/** Every setting by its property of `Settings`. */
export const settingTable = {
  ...server,
  ...database,
  ...site,
  ...theme,
  ...mail,
  ...sessions,
  ...passwords,
  ...recovery,
  ...twoFactor,
  ...passkeys,
  ...emailLogin,
  ...providers,
  ...rateLimits,
  ...accounts,
  ...integrations,
  ...observability,
  ...migration,
};

type Table = typeof settingTable;

/** The parsed settings: durations in milliseconds, lists as arrays. */
export type Settings = { readonly [Key in Exclude<keyof Table, Optional | "providers">]: z.output<Table[Key]["schema"]> } & {
  readonly [Key in Optional]: z.output<Table[Key]["schema"]> | undefined;
} & {
  /** In the order of `PROVIDERS`, with the settings of each. */
  readonly providers: readonly Provider[];
  /** The `OTEL_…` variables, which the OpenTelemetry libraries read from the environment. */
  readonly otel: Readonly<Record<string, string>>;
  /** Whether `BASE_URL` was set; if not, any loopback name is accepted as its host. */
  readonly baseUrlIsGiven: boolean;
  /** The setting that indicates a deployment, such as `BASE_URL is https`; undefined on a developer's machine. */
  readonly deployedBy: string | undefined;
  /** Whether production rules apply: by `NODE_ENV`, or by `deployedBy` if `NODE_ENV` was forgotten. */
  readonly isDeployed: boolean;
};

/** Settings without a default. */
type Optional = "smtpUrl" | "smtpName" | "importedPepper" | "flaskCookiesUntil" | "metricsPort" | "metricsToken";
