/** Logs users in by passkeys, and lists their passkeys in the settings. */
import { z } from "zod";
import { onlyPasskeysLogIn } from "../../../core/credentials/login-ways.ts";
import { offersPasskeys } from "../../../core/passkeys/availability.ts";
import type { Services } from "../../../core/services.ts";
import type { Context, Reauthenticate } from "../../../http/context.ts";
import { passkeyPrompt } from "../../../http/forms/passkey-prompt.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, answerPublicJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { lazy } from "../../../platform/lazy.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Feature } from "../../feature.ts";
import { addFields, creationFields, optionFields, removeFields, renameFields, verifyFields } from "./fields.ts";
import { messages as offerMessages } from "./offer.messages.ts";
import { messages } from "./passkeys.messages.ts";

// Loaded at their first use, and never where passkeys are off.
const store = lazy(() => import("../../../core/passkeys/passkeys.ts")).get;
const logIn = lazy(() => import("./log-in.ts")).get;
const settings = lazy(() => import("./settings.ts")).get;
const change = lazy(() => import("./change.ts")).get;
const offer = lazy(() => import("./offer.ts")).get;

const isOffered = (s: Services) => offersPasskeys(s.settings);

const assertion = { type: "object", description: "A passkey's response to `/passkeys/options`, by `toJSON()` (WebAuthn, 5.1)." };

const reauthenticate: Reauthenticate = {
  method: "passkey",
  field: "passkey",
  openapi: (s) => (isOffered(s) ? { passkey: assertion, ceremony: schema.text } : {}),
  sendsItself: true,
  isEnrolled: async (c) => isOffered(c.get("s")) && (await (await store()).countUsable(c.get("s"), requireVisitor(c).user.id)) > 0,
  input: (c, { problems }) =>
    html`${problems["passkey"] === undefined ? "" : html`<p class="problem" id="passkey">${problems["passkey"]}</p>\n`}${passkeyPrompt(c, {
      kind: "get",
      options: "/passkeys/options",
      purpose: "reauthentication",
      button: translator(c, messages)("usePasskey"),
    })}`,
  verify: async (c, value) => (await logIn()).reauthenticateBy(c, value),
};

const requestOptions = schema.object({
  publicKey: { type: "object", description: "For `parseRequestOptionsFromJSON` (WebAuthn, 5.1.9)." },
});
const creationOptions = schema.object({
  publicKey: { type: "object", description: "For `parseCreationOptionsFromJSON` (WebAuthn, 5.1.8)." },
});
const nullableText = schema.nullable(schema.text);
const passkeySchema = schema.object({
  id: schema.text,
  name: schema.text,
  provider: nullableText,
  isSynced: { type: "boolean" },
  isSyncable: { type: "boolean" },
  rpId: schema.text,
  createdAt: schema.instant,
  lastUsedAt: schema.nullable(schema.instant),
  lastUsedIp: nullableText,
  lastUsedDevice: nullableText,
});

/** The overview of the settings needs it twice. By request, so that nothing is kept for the next one. */
const counts = new WeakMap<Context, Promise<number>>();

function countOf(c: Context): Promise<number> {
  const count = counts.get(c) ?? store().then(({ countUsable }) => countUsable(c.get("s"), requireVisitor(c).user.id));
  counts.set(c, count);
  return count;
}

export const passkeys: Feature = {
  name: "passkeys",
  pages: { passkeys: { path: "/settings/passkeys", isThere: isOffered } },
  messages: [messages, offerMessages],
  translations: [
    { de: () => import("./passkeys.messages.de.ts"), ar: () => import("./passkeys.messages.ar.ts") },
    { de: () => import("./offer.messages.de.ts"), ar: () => import("./offer.messages.ar.ts") },
  ],
  securityCheck: async (c) => {
    const s = c.get("s");
    // Other sites pay no query.
    if (!onlyPasskeysLogIn(s) || (await (await store()).countUsable(s, requireVisitor(c).user.id)) !== 1) return undefined;
    const t = translator(c, messages);
    return { state: "warn", title: t("check.one"), hint: t("check.oneHint"), action: { path: "/settings/passkeys", text: t("check.add") } };
  },
  homeCard: async (c) => (isOffered(c.get("s")) ? (await offer()).passkeyOffer(c) : undefined),
  waysIn: [{ name: "passkey", isOffered, count: async (tx, userId) => (isOffered(tx) ? (await store()).countUsable(tx, userId) : 0) }],
  secondFactor: { enrolled: async (s, userId) => (isOffered(s) ? (await store()).passkeyMethods(s, userId) : []) },
  secondFactorPrompt: (c, accepted) =>
    accepted.includes("passkey") || accepted.includes("passkey-synced") ? secondFactorPrompt(c) : undefined,
  takeBackChanges: async (tx, userId, since, info) => (await store()).takeBackPasskeys(tx, userId, since, info),
  reauthenticate,
  jobs: [
    {
      name: "expired passkey challenges",
      removeExpired: async (s, count) =>
        isOffered(s) ? (await import("../../../core/passkeys/challenges.ts")).removeExpiredChallenges(s, count) : 0,
    },
  ],
  exportData: { name: "passkeys", read: async (s, userId) => (await store()).listPasskeys(s, userId) },
  checkAtStart: async (s) => {
    if (isOffered(s)) await (await import("../../../core/passkeys/relying-party.ts")).requireSameRpId(s);
  },
  signInPrompt: {
    isOffered,
    autofill: "webauthn",
    render: (c, isMain) =>
      passkeyPrompt(c, {
        kind: "get",
        options: "/passkeys/options",
        purpose: "login",
        button: translator(c, messages)("logIn"),
        action: "/passkeys/verify",
        form: "/login",
        ...(isMain ? { isPrimary: true } : { autofill: true }),
      }),
  },
  settingsPage: {
    group: "security",
    icon: "passkey",
    action: "change",
    emptyAction: "add",
    path: "/settings/passkeys",
    title: message(messages, "title"),
    purpose: message(messages, "card.text"),
    isThere: isOffered,
    badge: async (c) => {
      const count = await countOf(c);
      return count === 0 ? undefined : { kind: "neutral", text: message(messages, "badge", { count }) };
    },
    // The user comes back to the overview after a change of the username, email or display name.
    after: async (c) => ((await countOf(c)) === 0 ? undefined : (await settings()).currentNames(c)),
  },
  openapi: {
    "/passkeys/options": {
      post: { summary: "Get the options for a login with a passkey", response: requestOptions, example: { purpose: "login" } },
    },
    "/passkeys/verify": {
      post: {
        summary: "Log in with a passkey",
        response: {
          anyOf: [
            schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
            schema.object({ user: schema.user, token: schema.text, expiresAt: schema.instant }),
          ],
        },
        example: { passkey: "{passkey}", ceremony: "{ceremony}", session: "token" },
      },
    },
    "/settings/passkeys": {
      post: {
        summary: "Add a passkey",
        response: schema.object({ passkey: passkeySchema }),
        status: 201,
        example: { new_passkey: "{new-passkey}", ceremony: "{ceremony}" },
      },
      formResponse: schema.object({ csrfToken: schema.csrfToken, passkeys: { type: "array", items: passkeySchema } }),
    },
    "/settings/passkeys/options": {
      post: { summary: "Get the options for a new passkey", response: creationOptions, example: {} },
    },
    "/settings/passkeys/later": {
      post: { summary: "Dismiss the offer to add a passkey for 30 days", response: schema.object({ dismissed: schema.yes }), example: {} },
    },
    "/settings/passkeys/rename": {
      post: {
        summary: "Rename a passkey",
        response: schema.object({ renamed: schema.yes }),
        example: { id: "{passkey-id}", name: "Work laptop" },
      },
    },
    "/settings/passkeys/remove": {
      post: {
        summary: "Remove a passkey",
        response: schema.object({ removed: schema.yes, keptUntil: schema.nullable(schema.instant) }),
        example: { id: "{passkey-id}" },
      },
    },
    "/.well-known/webauthn": {
      get: {
        summary: "List the origins that may use this site's passkeys",
        response: schema.object({ origins: { type: "array", items: schema.text } }),
      },
    },
  },
  routes: (app, s) => {
    const { settings: site } = s;
    if (site.passkeyOrigins.length > 0 && isOffered(s)) {
      app.endpoint("/.well-known/webauthn", {
        method: "GET",
        auth: "none",
        // Related origins (WebAuthn, 5.11): browsers read them at the RP ID's host, without cookies.
        answer: (c) => answerPublicJson(c, { origins: [...new Set([site.baseUrl, ...site.passkeyOrigins])] }, 3_600),
      });
    }
    if (!isOffered(s)) return;
    app.form("/passkeys/options", {
      access: "public",
      whileEnrolling: true,
      fields: optionFields,
      keep: [],
      show: (c) => tokenOr(c, "/login"),
      submit: async (c, data) => (await logIn()).requestOptions(c, data),
    });
    app.form("/passkeys/verify", {
      access: "public",
      fields: verifyFields,
      keep: ["next", "remember", "purpose"],
      show: async (c, form) => (c.req.method !== "POST" ? tokenOr(c, "/login") : (await logIn()).verifyPage(c, form)),
      submit: async (c, data) => (await logIn()).verify(c, data),
    });
    // Stolen session: a passkey is added, renamed or removed only after recent authentication (ASVS 7.5.1).
    app.form("/settings/passkeys", {
      recentAuth: true,
      enrols: true,
      fields: addFields,
      keep: ["next"],
      show: async (c, form) => (await settings()).listPage(c, form),
      submit: async (c, { new_passkey: sent, upgrade, next }) =>
        (await settings()).add(c, sent, { isUpgrade: upgrade !== undefined, next }),
    });
    app.form("/settings/passkeys/options", {
      recentAuth: true,
      enrols: true,
      fields: creationFields,
      keep: [],
      show: (c) => tokenOr(c, "/settings/passkeys"),
      submit: async (c, { upgrade }) => (await settings()).creationOptions(c, upgrade !== undefined),
    });
    app.form("/settings/passkeys/later", {
      fields: z.object({}),
      keep: [],
      show: (c) => tokenOr(c, "/settings/passkeys"),
      submit: async (c) => (await offer()).dismissOffer(c),
    });
    app.form("/settings/passkeys/rename", {
      recentAuth: true,
      fields: renameFields,
      keep: ["id", "name"],
      show: async (c, form) => (await change()).renamePage(c, form),
      submit: async (c, data) => (await change()).rename(c, data),
    });
    app.form("/settings/passkeys/remove", {
      recentAuth: true,
      fields: removeFields,
      keep: ["id"],
      show: async (c, form) => (await change()).removePage(c, form),
      submit: async (c, { id }) => (await change()).remove(c, id),
    });
  },
};

/** Sends the form to the same path as a login, with the purpose of the second step. */
function secondFactorPrompt(c: Context): Html {
  const prompt = passkeyPrompt(c, {
    kind: "get",
    options: "/passkeys/options",
    purpose: "two-factor",
    button: translator(c, messages)("usePasskey"),
    isPrimary: true,
  });
  return html`<form method="post" action="${at("/passkeys/verify")}" novalidate>
<input type="hidden" name="csrf_token" value="${csrfToken(c)}">
<input type="hidden" name="purpose" value="two-factor">
${prompt}
</form>`;
}

/** These paths have no page of their own; a JSON client reads its CSRF token. */
function tokenOr(c: Context, path: string): Response {
  return wantsJson(c) ? answerJson(c, { csrfToken: csrfToken(c) }) : redirect(c, path);
}
