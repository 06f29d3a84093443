/** Describes a feature: everything about one thing that a person does. */

import type { TokenPurpose } from "../core/one-time-tokens/token-purpose.ts";
import type {
  AccountRecovery,
  DataErasure,
  DataExport,
  EmailKind,
  Job,
  LinkedPage,
  PageRole,
  SecurityNoticeLink,
  Services,
  SignInStep,
  WayIn,
} from "../core/services.ts";
import type { User } from "../core/users/user.ts";
import type { Context, Reauthenticate } from "../http/context.ts";
import type { OpenApiWords } from "../http/openapi-schemas.ts";
import type { Routes } from "../http/routes.ts";
import type { MessageReference, Messages } from "../i18n/messages.ts";

export interface Feature {
  /** Its folder, its page in docs/ and its name in the library option `features`. */
  readonly name: string;
  /** Registers its pages, forms and endpoints; each says who may use it. `all` are the features in use. */
  readonly routes: (app: Routes, s: Services, all: readonly Feature[]) => void;
  /** Audit events that it records, each with the sentence that people read in Activity; see `eventsIn`. */
  readonly events?: Readonly<Record<string, MessageReference>>;
  /** Kinds of email that it sends. */
  readonly emails?: Readonly<Record<string, EmailKind>>;
  /** Purposes of the one-time tokens that it redeems. */
  readonly tokens?: readonly TokenPurpose[];
  /** Removes what has expired in tables that it owns. */
  readonly jobs?: readonly Job[];
  /** Its part of an account's data export, for tables that only it uses. */
  readonly exportData?: DataExport;
  /** Erases its data of a deleted account, where no foreign key does. */
  readonly eraseData?: DataErasure;
  /** Kinds of credentials that log a user in; the last one of an account cannot be removed. */
  readonly waysIn?: readonly WayIn[];
  /** How a user who cannot log in gets the account back. One feature declares it. */
  readonly accountRecovery?: AccountRecovery;
  /** The link in the footer of security notices. One feature declares it. */
  readonly securityNoticeLink?: SecurityNoticeLink;
  /** Pages of its own that other features and the layout link to, by role. One feature declares each role. */
  readonly pages?: Readonly<Partial<Record<PageRole, LinkedPage>>>;
  /** A line with a link under the login form. */
  readonly signInOption?: SignInOption;
  /** What is still due after a first proof of identity, such as a second factor. */
  readonly signInStep?: SignInStep;
  /** A way to prove one's identity again before a sensitive change. */
  readonly reauthenticate?: Reauthenticate;
  /** A card on the settings page. */
  readonly settingsCard?: SettingsCard;
  /** What it says to people, in English; translations are checked against it. */
  readonly messages?: readonly Messages[];
  /** What its routes are called in the OpenAPI document, by path. */
  readonly openapi?: OpenApiWords;
}

export interface SignInOption {
  readonly path: (isLoggedIn: boolean) => string;
  /** Whether this site offers it. */
  readonly isOffered: (s: Services) => boolean;
  /** Text before the link. */
  readonly question?: MessageReference;
  readonly link: MessageReference;
}

interface SettingsCard {
  readonly path: string;
  /** Whether the page exists with these services; by default it does. */
  readonly isThere?: (s: Services) => boolean;
  /** Whether it is shown to this user; by default to all. */
  readonly isFor?: (user: User) => boolean;
  readonly title: MessageReference | string;
  /** A sentence: the present state, or what can be done on the page. */
  readonly text: (c: Context) => MessageReference | string;
}
