/** Logs users in with their accounts at other providers, and links them. */
import { z } from "zod";
import type { Services } from "../../../core/services.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { lazy } from "../../../platform/lazy.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Feature } from "../../feature.ts";
import { exchangeToken } from "./exchange-token.ts";
import { lostEmailNotice } from "./lost-email-notice.ts";
import { isOffered } from "./offered.ts";
import { messages } from "./providers.messages.ts";

// Loaded at their first use, and never where `PROVIDERS` is empty.
const store = lazy(() => import("../../../core/identities/identities.ts")).get;
const settings = lazy(() => import("./settings.ts")).get;
const reauthentication = lazy(() => import("./reauthentication.ts")).get;
const way = lazy(() => import("./way.ts")).get;

const settingsPath = "/settings/logins";
const posted = z.string().optional();
const typed = z.string().transform(trimTyped).optional();

export const providers: Feature = {
  name: "providers",
  messages: [messages],
  translations: [{ de: () => import("./providers.messages.de.ts"), ar: () => import("./providers.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "provider-code": {} },
  tokens: [exchangeToken],
  waysIn: [
    {
      name: "provider",
      isAtProvider: true,
      isOffered,
      count: async (s, userId) => (isOffered(s) ? (await store()).countUsable(s, userId) : 0),
    },
  ],
  signInChoices: { isOffered, render: async (c, place) => (await import("./choices.ts")).choices(c, place) },
  reauthenticate: {
    method: "provider:any",
    field: "provider",
    isLinks: true,
    isEnrolled: async (c) => isOffered(c.get("s")) && (await reauthentication()).isEnrolled(c),
    input: async (c, state) => (await reauthentication()).input(c, state),
    verify: async () => (await reauthentication()).verify(),
  },
  pageNotice: { isOn: isOffered, show: lostEmailNotice },
  settingsPage: {
    group: "security",
    icon: "globe",
    action: "change",
    emptyAction: "add",
    path: settingsPath,
    title: message(messages, "title"),
    purpose: message(messages, "purpose"),
    isThere: isOffered,
    badge: async (c) => {
      const count = await (await store()).countUsable(c.get("s"), requireVisitor(c).user.id);
      return count === 0 ? undefined : { kind: "neutral", text: message(messages, "badge", { count }) };
    },
  },
  takeBackChanges: async (tx, userId, since, info) => (await store()).takeBackIdentities(tx, userId, since, info),
  exportData: { name: "linkedLogins", read: async (s, userId) => (await store()).listIdentities(s, userId) },
  openapi: {
    "/signup/provider": {
      takesExtraFields: true,
      post: {
        summary:
          "Finish a sign-up with a provider: `email` sends a code, `code` verifies it, `username` creates the account, `leave` ends it",
        response: {
          anyOf: [
            schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
            schema.checkMail,
            schema.object({ due: schema.text, path: schema.text }),
            schema.object({ left: schema.yes }),
          ],
        },
        example: { username: "grace", proof: "{proof}" },
      },
    },
    "/login/link": {
      post: {
        summary: "Link the account at a provider that this browser has proven, or end that login with `leave`",
        response: { anyOf: [schema.object({ linked: schema.yes }), schema.object({ left: schema.yes })] },
        example: { proof: "{proof}" },
      },
    },
    "/login/provider/claim": {
      post: {
        summary: "Take an email for a new account that an unverified account uses, or end the login with `leave`",
        response: { anyOf: [schema.object({ user: schema.user, csrfToken: schema.csrfToken }), schema.object({ left: schema.yes })] },
        example: { proof: "{proof}" },
      },
    },
    "/login/provider/switch": {
      post: {
        summary: "Log in to another account than the one in use, or keep that one with `stay`",
        response: { anyOf: [schema.object({ user: schema.user, csrfToken: schema.csrfToken }), schema.object({ stayed: schema.yes })] },
        example: { proof: "{proof}" },
      },
    },
    [settingsPath]: {
      get: {
        summary: "List the linked logins",
        response: schema.object({
          csrfToken: schema.csrfToken,
          linked: {
            type: "array",
            items: schema.object({
              id: schema.text,
              provider: schema.text,
              name: schema.text,
              email: schema.nullable(schema.text),
              isEmailVouched: { type: "boolean" },
              createdAt: schema.instant,
              confirmedAt: schema.nullable(schema.instant),
              lastUsedAt: schema.nullable(schema.instant),
            }),
          },
          providers: { type: "array", items: schema.object({ id: schema.text, name: schema.text }) },
        }),
      },
    },
    [`${settingsPath}/confirm`]: {
      post: {
        summary: "Confirm a login that linked itself or was imported, so that its own second factor counts",
        response: schema.object({ confirmed: schema.yes }),
        example: { id: "{identity-id}" },
      },
    },
    [`${settingsPath}/unlink`]: {
      post: {
        summary: "Unlink a login",
        response: schema.object({ unlinked: schema.yes, loggedOut: { type: "boolean" }, keptUntil: schema.nullable(schema.instant) }),
        example: { id: "{identity-id}" },
      },
    },
    "/oauth/exchange": {
      post: {
        summary: "Exchange the code of a login with a provider for a session",
        response: schema.object({ user: schema.user, token: schema.text, expiresAt: schema.instant }),
        example: { code: "{provider-exchange}", verifier: "{verifier}" },
      },
    },
  },
  routes: (app, s) => {
    if (!isOffered(s)) return;
    ways(app, s);
    app.form("/signup/provider", {
      access: "public",
      fields: z.object({ email: typed, code: posted, again: posted, username: typed, proof: posted, leave: posted }),
      keep: ["email", "username"],
      show: async (c, form) => (await way()).showSignUp(c, form),
      submit: async (c, data) => (await way()).submitSignUp(c, data),
    });
    app.form("/login/link", {
      access: "public",
      fields: z.object({ proof: posted, leave: posted }),
      keep: [],
      show: async (c, form) => (await way()).showLink(c, form),
      submit: async (c, data) => (await way()).submitLink(c, data),
    });
    app.form("/login/provider/claim", {
      access: "public",
      fields: z.object({ proof: posted, leave: posted }),
      keep: [],
      show: async (c, form) => (await way()).showClaim(c, form),
      submit: async (c, data) => (await way()).submitClaim(c, data),
    });
    app.form("/login/provider/switch", {
      access: "public",
      fields: z.object({ proof: posted, stay: posted }),
      keep: [],
      show: async (c, form) => (await way()).showSwitch(c, form),
      submit: async (c, data) => (await way()).submitSwitch(c, data),
    });
    app.page(settingsPath, async (c) => (await settings()).listPage(c));
    // Stolen session: what replaces the second factor is confirmed only after recent authentication (ASVS 7.5.1).
    app.form(`${settingsPath}/confirm`, {
      recentAuth: true,
      fields: z.object({ id: z.string().default("") }),
      keep: ["id"],
      show: async (c, form) => (await settings()).confirmPage(c, form),
      submit: async (c, { id }) => (await settings()).confirm(c, id),
    });
    // Stolen session: a way in is removed only after recent authentication (ASVS 7.5.1).
    app.form(`${settingsPath}/unlink`, {
      recentAuth: true,
      fields: z.object({ id: z.string().default("") }),
      keep: ["id"],
      show: async (c, form) => (await settings()).unlinkPage(c, form),
      submit: async (c, { id }) => (await settings()).unlink(c, id),
    });
  },
};

type Routes = Parameters<Feature["routes"]>[0];

/** The way to each provider and back: a route of its own for each, so that logs and metrics name it. */
function ways(app: Routes, s: Services): void {
  for (const provider of s.settings.providers) {
    const { id } = provider;
    app.page(`/oauth/start/${id}`, async (c) => (await way()).start(c, provider), { access: "public" });
    const back = `/oauth/callback/${id}`;
    app.page(back, async (c) => (await way()).callback(c, provider, new URL(c.req.url).searchParams), { access: "public", writes: true });
    const fields = { state: posted, code: posted, iss: posted, error: posted, error_description: posted, user: posted, id_token: posted };
    app.endpoint(back, {
      method: "POST",
      auth: "none",
      fields: z.object(fields),
      answer: async (c, data) => (await way()).repostPage(c, provider, data),
    });
    app.form(`${back}/continue`, {
      access: "public",
      csrf: "origin",
      fields: z.object(fields),
      keep: [],
      show: (c) => (wantsJson(c) ? answerJson(c, {}) : redirect(c, "/login")),
      submit: async (c, data) => {
        const { callback, paramsOf } = await way();
        return callback(c, provider, paramsOf(data));
      },
    });
    app.endpoint(`/oauth/backchannel/${id}`, {
      method: "POST",
      auth: "none",
      fields: z.object({ logout_token: z.string().default("") }),
      answer: async (c, data) => (await way()).logOut(c, provider, data.logout_token),
    });
  }
  if (s.settings.providerCallbacks.length > 0)
    app.endpoint("/oauth/exchange", {
      method: "POST",
      auth: "none",
      // The code is bound to its callback URL and verifier; cookies are ignored.
      cors: "any",
      fields: z.object({ code: z.string().default(""), verifier: z.string().default("") }),
      answer: async (c, data) => (await way()).exchange(c, data),
    });
}
