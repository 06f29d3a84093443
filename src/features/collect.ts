/** Collects what features declare for core into one catalog. */
import { messages as coreEvents } from "../core/audit/events.messages.ts";
import type { PageRole } from "../core/page-role.ts";
import type { Catalog, EmailKind, LinkedPage } from "../core/services.ts";
import { eventsIn } from "../i18n/messages.ts";
import type { Feature } from "./feature.ts";

/** Kinds of email that core and the import of users send. */
const coreEmails = {
  "password-locked": {},
  "email-left": {},
  "email-changed": {},
  "two-factor-reset": {},
  "passkey-added": {},
  "passkey-removed": {},
  "passkey-counter": {},
  "passkey-not-synced": {},
  "provider-linked": {},
  "provider-confirmed": {},
  "provider-unlinked": {},
  "trusted-browser-copied": {},
};

/** Throws a TypeError where two features declare the same event, kind of email, token purpose, role of a page, or a part that only one may have. */
export function collect(features: readonly Feature[]): Catalog {
  const events = new Map(Object.entries(eventsIn(coreEvents)));
  const emails = new Map<string, EmailKind>(Object.entries(coreEmails));
  for (const feature of features) {
    for (const [event, sentence] of Object.entries(feature.events ?? {})) add(events, event, sentence);
    for (const [kind, email] of Object.entries(feature.emails ?? {})) add(emails, kind, email);
  }
  const tokens = features.flatMap((feature) => feature.tokens ?? []);
  unique(tokens.map(({ name }) => name));
  unique(tokens.flatMap(({ landingPath }) => landingPath ?? []));
  const waysIn = features.flatMap((feature) => feature.waysIn ?? []);
  unique(waysIn.map(({ name }) => name));
  const exportData = features.flatMap((feature) => feature.exportData ?? []);
  unique(exportData.map(({ name }) => name));
  const pages = new Map<PageRole, LinkedPage>();
  for (const feature of features) for (const [role, page] of Object.entries(feature.pages ?? {})) add(pages, role as PageRole, page);
  return {
    tokens,
    events,
    emails,
    waysIn,
    jobs: features.flatMap(({ jobs = [] }) => jobs),
    pages,
    exportData,
    eraseData: features.flatMap(({ eraseData }) => eraseData ?? []),
    accountRecovery: only(features.flatMap(({ accountRecovery }) => accountRecovery ?? [])),
    factorRecovery: only(features.flatMap(({ factorRecovery }) => factorRecovery ?? [])),
    signInSteps: features.flatMap(({ signInStep }) => signInStep ?? []),
    secondFactors: features.flatMap(({ secondFactor }) => secondFactor ?? []),
    takeBack: features.flatMap(({ takeBackChanges }) => takeBackChanges ?? []),
    takeBackChoices: features.flatMap(({ takeBackChoice }) => takeBackChoice ?? []),
    newDeviceNotice: only(features.flatMap(({ newDeviceNotice }) => newDeviceNotice ?? [])),
    securityNoticeLink: only(features.flatMap(({ securityNoticeLink }) => securityNoticeLink ?? [])),
  };
}

function add<Name extends string, Value>(all: Map<Name, Value>, name: Name, value: Value): void {
  if (all.has(name)) throw new TypeError(`Two features declare ${name}.`);
  all.set(name, value);
}

function unique(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`Two features declare ${twice}.`);
}

function only<Part>(parts: readonly Part[]): Part | undefined {
  if (parts.length > 1) throw new TypeError("Two features declare a part that only one may have.");
  return parts[0];
}
