/** Defines what a feature declares: routes, messages, events, emails, tokens, jobs. */

import type { TokenPurpose } from "../core/one-time-tokens/token-purpose.ts";
import type { PageRole } from "../core/page-role.ts";
import type {
  AccountRecovery,
  DataErasure,
  DataExport,
  EmailKind,
  FactorRecovery,
  Job,
  LinkedPage,
  NewDeviceNotice,
  SecondFactor,
  SecurityNoticeLink,
  Services,
  SignInStep,
  TakeBack,
  WayIn,
} from "../core/services.ts";
import type { Context, HeaderLink, PageNotice, Reauthenticate, SecondFactorPrompt, SettingsPage, SignInPlace } from "../http/context.ts";
import type { OpenApiWords } from "../http/openapi-schemas.ts";
import type { Routes } from "../http/routes.ts";
import type { MessageReference, Messages, TranslationFiles } from "../i18n/messages.ts";
import type { SignKind } from "../ui/components.ts";
import type { Html } from "../ui/html.ts";

export interface Feature {
  /** Its folder, its page in docs/ and its name in the library option `features`. */
  readonly name: string;
  /** Registers its pages, forms and endpoints; each says who may use it. `all` are the features in use. */
  readonly routes: (app: Routes, s: Services, all: readonly Feature[]) => void;
  /** Audit events that only it records, with their messages; see `eventsIn`. */
  readonly events?: Readonly<Record<string, MessageReference>>;
  /** Kinds of email that it sends. */
  readonly emails?: Readonly<Record<string, EmailKind>>;
  /** Purposes of the one-time tokens that it redeems. */
  readonly tokens?: readonly TokenPurpose[];
  /** Deletes expired rows of tables that only it uses. */
  readonly jobs?: readonly Job[];
  /** Its part of an account's data export, for tables that only it uses. */
  readonly exportData?: DataExport;
  /** Erases its data of a deleted account, where no foreign key does. */
  readonly eraseData?: DataErasure;
  /** Kinds of credentials that log a user in; the last one of an account cannot be removed. */
  readonly waysIn?: readonly WayIn[];
  /** Account recovery for users who cannot log in. One feature declares it. */
  readonly accountRecovery?: AccountRecovery;
  /** Recovery of two-factor authentication that waits. One feature declares it. */
  readonly factorRecovery?: FactorRecovery;
  /** The link in the footer of security notices. One feature declares it. */
  readonly securityNoticeLink?: SecurityNoticeLink;
  /** Notifies the owner of a login from a new device. One feature declares it. */
  readonly newDeviceNotice?: NewDeviceNotice;
  /** Pages of its own that other features and the layout link to, by role. One feature declares each role. */
  readonly pages?: Readonly<Partial<Record<PageRole, LinkedPage>>>;
  /** A line at the top of pages. */
  readonly pageNotice?: PageNotice;
  /** A line with a link under the login form. */
  readonly signInOption?: SignInOption;
  /** A second button of the login form. */
  readonly signInButton?: SignInButton;
  /** A button under the login form that a script shows. */
  readonly signInPrompt?: SignInPrompt;
  /** Links below the login and sign-up forms, such as "Continue with …". */
  readonly signInChoices?: SignInChoices;
  /** A step that can be due after the first authentication, such as a second factor. */
  readonly signInStep?: SignInStep;
  /** A second factor that the step `two-factor` accepts. */
  readonly secondFactor?: SecondFactor;
  /** What the page of that step shows for the methods of this feature. */
  readonly secondFactorPrompt?: SecondFactorPrompt;
  /** Takes back credentials that an intruder added, when the owner reports a compromise. */
  readonly takeBackChanges?: TakeBack;
  /** Takes back a choice that depends on the other ways to log in. Runs once those are as the report leaves them. */
  readonly takeBackChoice?: TakeBack;
  /** A re-authentication method for sensitive changes. */
  readonly reauthenticate?: Reauthenticate;
  /** Throws before the server starts, such as for a setting that contradicts stored data. Commands do not run it. */
  readonly checkAtStart?: (s: Services) => Promise<void>;
  /** A page of the settings: an entry of their menu and a row of their overview. */
  readonly settingsPage?: SettingsPage;
  /** A link in the header of each page. */
  readonly headerLink?: HeaderLink;
  /** A card on the dashboard, below the security check-up; undefined shows none. */
  readonly homeCard?: (c: Context) => Promise<Html | undefined>;
  /** A line of the security check-up on the dashboard. */
  readonly securityCheck?: SecurityCheck;
  /** Its messages in English; translations are checked against them. */
  readonly messages?: readonly Messages[];
  /** The translations of each of them, loaded only for languages in use. */
  readonly translations?: readonly TranslationFiles[];
  /** Descriptions of its routes in the OpenAPI document, by path. */
  readonly openapi?: OpenApiWords;
}

export interface SignInOption {
  readonly path: (isLoggedIn: boolean) => string;
  /** Whether it leads to the page that asked for the login, in its parameter `next`. */
  readonly leadsBack?: true;
  /** Whether this site offers it. */
  readonly isOffered: (s: Services) => boolean;
  /** Text before the link. */
  readonly question?: MessageReference;
  readonly link: MessageReference;
}

/** Markup under the login form that a script brings to life, such as the button for passkeys. */
export interface SignInPrompt {
  /** Whether this site offers it. */
  readonly isOffered: (s: Services) => boolean;
  /** Rendered once for each language. `isMain`: the page has no field for the name, and no other button above. */
  readonly render: (c: Context, isMain: boolean) => Html;
  /** What else the field for the name offers to fill in (HTML, autofill). */
  readonly autofill?: "webauthn";
}

export interface SignInChoices {
  /** Whether this site offers it. */
  readonly isOffered: (s: Services) => boolean;
  /** Rendered for each request; undefined shows none. */
  readonly render: (c: Context, place: SignInPlace) => Promise<Html | undefined>;
}

/** Submits the login form to another path, with the email and without the password. */
export interface SignInButton {
  readonly path: string;
  /** Whether this site offers it. */
  readonly isOffered: (s: Services) => boolean;
  readonly text: MessageReference;
}

/** Returns a line of the security check-up for the visitor of this request; undefined shows none. */
export type SecurityCheck = (c: Context, known: KnownToChecks) => CheckedPoint | undefined | Promise<CheckedPoint | undefined>;

/** What the dashboard has read, so that no check reads it again. */
interface KnownToChecks {
  /** The number of the visitor's active sessions. */
  readonly sessionCount: number;
}

export interface CheckedPoint {
  /** `ok` is done, `warn` wants something, `info` says something. */
  readonly state: SignKind;
  readonly title: Html | string;
  readonly hint?: Html | string;
  readonly action?: { readonly path: string; readonly text: string };
}
