/** Exports the package `latchkey`. */
import "./platform/node-version.ts";
import type { Markup } from "./core/customization.ts";
import { html as markup, type Renderable } from "./ui/html.ts";

/** Template for your own pages and emails. Values in `${…}` are escaped, unless they are markup from this template. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  return markup(parts, ...(values as readonly Renderable[]));
}

export type {
  EmailProps,
  Markup,
  OwnEmail,
  PageForm,
  PageProps,
  Theme,
  ThemeColor,
  ThemeColorValue,
  ThemeDensity,
  ThemePreset,
} from "./core/customization.ts";
export type { ProviderTokens } from "./core/providers/provider.ts";
export type { AccountFactors, LinkedLogin, ListedPasskey, NamedFactor } from "./core/users/account-factors.ts";
export { createLatchkey } from "./library/create-latchkey.ts";
export {
  type Connection,
  type Duration,
  type ExtraFields,
  type Guarded,
  type GuardOptions,
  type Latchkey,
  LatchkeyError,
  type LatchkeyErrorCode,
  type LatchkeyEvent,
  type LatchkeyLog,
  type LatchkeyOptions,
  type LatchkeySession,
  type LatchkeySessions,
  type LatchkeyText,
  type LatchkeyUsers,
  type Limit,
  type NewAccount,
  type OwnFeature,
  type OwnForm,
  type OwnPage,
  type OwnPageRoute,
  type ProviderOptions,
  type Submitted,
  type User,
  type UserDetails,
  type UserPage,
  type UserQuery,
  type Visit,
  type WithHeaders,
} from "./library/latchkey.ts";
export type { EmailKind, LatchkeyEventName } from "./library/names.ts";
