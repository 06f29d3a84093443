/** What happened: the account's own record, newest first. */

import type { AuditEvent } from "../../../core/audit/events.ts";
import { type AuditRecord, listEvents } from "../../../core/audit/log.ts";
import type { Context } from "../../../http/context.ts";
import { deviceInWords } from "../../../http/device-words.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { instant } from "../../../ui/date-time.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";

const perPage = 25;

const words: Record<AuditEvent, string> = {
  "signed-up": "The account was made",
  "signup-tried": "Somebody tried to sign up with your address",
  "logged-in": "Logged in",
  "login-failed": "Wrong password",
  "login-limited": "Too many wrong passwords: logging in was stopped for a while",
  "logged-out": "Logged out",
  "session-ended": "A device was logged out from another one",
  "other-sessions-ended": "All other devices were logged out",
  "password-confirmed": "The password was confirmed before a change",
  "password-changed": "The password was changed",
  "password-set-aside": "The password was set aside after 100 failures in a row",
  "reset-asked": "A letter to choose a new password was asked for",
  "password-reset": "A new password was chosen by letter",
  "email-confirmed": "The e-mail address was confirmed",
  "email-change-asked": "Another e-mail address was asked for",
  "email-change-withdrawn": "The change of the e-mail address was withdrawn",
  "email-changed": "The e-mail address was changed",
  "email-change-undone": "The change of the e-mail address was undone",
  "username-changed": "The user name was changed",
  "display-name-changed": "The display name was changed",
  reported: "“This wasn’t me” was pressed",
  exported: "A copy of all data was taken",
  "deletion-asked": "Deleting the account was asked for",
  "deletion-cancelled": "Deleting the account was cancelled",
  "account-imported": "The operator of this site brought the account from another application",
  "old-cookie-exchanged": "Stayed logged in from the application before this one",
  "account-created-by-operator": "The operator of this site made the account",
  "account-erased-by-operator": "The operator of this site erased the account",
  "account-disabled": "The operator of this site shut the account",
  "account-enabled": "The operator of this site opened the account again",
  "role-granted": "The operator of this site gave you a role",
  "role-revoked": "The operator of this site took a role from you",
  "password-set-by-operator": "The operator of this site replaced the password",
  "email-confirmed-by-operator": "The operator of this site confirmed the e-mail address",
  "reset-sent-by-operator": "The operator of this site sent a letter to choose a new password",
  "session-ended-by-operator": "The operator of this site logged out a device",
  "sessions-ended-by-operator": "The operator of this site logged out all devices",
  "database-restored": "The operator of this site put a backup in place",
};

export const activity: Feature = {
  name: "activity",
  settingsCard: {
    path: "/settings/activity",
    title: "What happened",
    text: () => "Logins, failures and changes, with the time and the device.",
  },
  routes: (app) => {
    app.page("/settings/activity", activityPage);
  },
};

async function activityPage(c: Context): Promise<Page> {
  const { user } = requireVisitor(c);
  // Paged by the key of the last record seen, so that a page costs the same however many there are.
  const before = /^[0-9a-f-]{36}$/.exec(c.req.query("before") ?? "")?.[0];
  const found = await listEvents(c.get("s"), user.id, perPage + 1, before);
  const shown = await Promise.all(
    found.slice(0, perPage).map(async (record) => ({ ...record, device: await deviceInWords(record.userAgent) })),
  );
  const last = found.length > perPage ? shown.at(-1)?.id : undefined;
  return {
    title: "What happened",
    json: { events: shown.map(({ id, event, at, address, device }) => ({ id, event, at, address, device })), next: last ?? null },
    body: html`<h1>What happened</h1>
<p class="lead">Something that was not you? <a href="${at("/settings/change-password")}">Change your password</a>: it logs out every other device.</p>
<ol class="events">${shown.map(eventRow)}</ol>
${shown.length === 0 ? html`<p>Nothing more.</p>` : ""}
${last === undefined ? "" : html`<p><a class="button secondary" href="${at(`/settings/activity?before=${last}`)}">Earlier</a></p>`}
<p><a href="${at("/settings")}">Back to the settings</a></p>`,
  };
}

function eventRow({ event, at, address, device }: AuditRecord & { device: string }) {
  // What an operator does comes from no device of the reader's.
  const whence = address === "" ? "" : html` · ${device} · from ${address}`;
  return html`<li><strong>${words[event]}</strong><span class="hint">${instant(at)}${whence}</span></li>`;
}
