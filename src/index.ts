/** What `import … from "latchkey"` gives. */
import "./platform/node-version.ts";
import type { Markup } from "./core/customization.ts";
import { html as markup, type Shown } from "./ui/html.ts";

/** A template for pages and letters of your own: what stands in `${…}` is put in as text, unless it is markup already. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  return markup(parts, ...(values as readonly Shown[]));
}

export type {
  LetterProps,
  Markup,
  OwnLetter,
  PageForm,
  PageProps,
  Theme,
  ThemeColor,
  ThemeColorValue,
} from "./core/customization.ts";
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
  type LatchkeyUser,
  type LatchkeyUsers,
  type Limit,
  type NewAccount,
  type OwnFeature,
  type OwnForm,
  type OwnPage,
  type OwnPageRoute,
  type Submitted,
  type Visit,
  type WithHeaders,
} from "./library/latchkey.ts";
export type { LatchkeyEventName, LetterKind } from "./library/names.ts";
