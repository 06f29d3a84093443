/** Collects the settings of all sections. */
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
