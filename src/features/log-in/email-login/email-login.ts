/** Logs in with a code or a link by email, and signs up new users. */
import { z } from "zod";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";
import { deleteBatch } from "../../../db/statements.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { rememberField } from "../../../http/forms/remember.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { redirectIfLoggedIn, requireVisitor } from "../../../http/request/authenticate.ts";
import { readLinkToken, requireSameEmail } from "../../../http/request/link-token.ts";
import { answerPage } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { lazy } from "../../../platform/lazy.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages as emailMessages } from "./email-login.emails.messages.ts";
import { messages } from "./email-login.messages.ts";
import { emailWayIn, isOffered } from "./offered.ts";
import { confirmField, confirmToken, loginLink } from "./purposes.ts";

const settingsPath = "/settings/email-login";
const codePath = "/login/code";
const linkPath = `${codePath}/link`;
const newAccountPath = `${codePath}/new`;

/** `pending` binds a JSON client to the code that it requested, as the cookie does a browser. */
const sessionFields = { session: z.enum(["cookie", "token"]).default("cookie"), pending: z.string().optional() };
const codeFields = z.object({
  email: z
    .string()
    .describe("The email or username to send a code to.")
    .optional()
    .transform((text) => (text === undefined ? text : trimTyped(text))),
  remember: rememberField,
  next: z.string().optional(),
  code: z.string().describe("The code of the email.").optional(),
  again: z.string().describe("Sends another code.").optional(),
  ...sessionFields,
});

const signedIn = [
  schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
  schema.object({ user: schema.user, token: schema.text, expiresAt: schema.instant }),
];

// Modules are loaded with the first request that needs them: a site without logins by email loads none.
const loadChoice = lazy(() => import("./choice.ts")).get;

export const emailLogin: Feature = {
  name: "email-login",
  messages: [messages, emailMessages],
  translations: [
    { de: () => import("./email-login.messages.de.ts"), ar: () => import("./email-login.messages.ar.ts") },
    { de: () => import("./email-login.emails.messages.de.ts"), ar: () => import("./email-login.emails.messages.ar.ts") },
  ],
  events: eventsIn(messages),
  emails: {
    "login-code": { expiresWith: loginLink },
    "sign-up-code": { expiresWith: loginLink },
    "login-code-refused": {},
    "confirm-code": { expiresWith: confirmToken },
    "email-login-first": {},
    "email-login-off": {},
    "email-login-on": {},
  },
  tokens: [loginLink, confirmToken],
  jobs: [
    {
      name: "email-logins",
      removeExpired: (s, limit) =>
        deleteBatch(s.db, "email_logins", { where: (row) => row("expires_at", "<=", s.now()), orderBy: "expires_at", limit }),
    },
  ],
  waysIn: [
    {
      name: emailWayIn,
      isInbox: true,
      isOffered,
      count: async (tx, userId) => (isOffered(tx) ? (await loadChoice()).countEmail(tx, userId) : 0),
    },
  ],
  signInButton: { path: codePath, isOffered, text: message(messages, "button") },
  reauthenticate: {
    method: "email-code",
    field: confirmField,
    openapi: (s) => (confirms(s) ? { [confirmField]: schema.text } : {}),
    hasOwnLimit: true,
    isEnrolled: async (c) => confirms(c.get("s")) && (await import("./reauthentication.ts")).isEnrolled(c),
    input: async (c, state) => (await import("./reauthentication.ts")).input(c, state),
    button: async (c, isAlone) => (await import("./reauthentication.ts")).button(c, isAlone),
    after: async (c, form) => (await import("./reauthentication.ts")).after(c, form),
    verify: async (c, value) => (await import("./reauthentication.ts")).verify(c, value),
  },
  settingsPage: {
    group: "security",
    icon: "email",
    action: "change",
    path: settingsPath,
    title: message(messages, "title"),
    purpose: message(messages, "purpose"),
    isThere: isOffered,
    badge: async (c) =>
      (await (await loadChoice()).hasRefused(c.get("s"), requireVisitor(c).user.id))
        ? { kind: "neutral", text: message(messages, "settingOff") }
        : { kind: "ok", text: message(messages, "settingOn") },
    instead: async (c) => {
      const { canRefuse, exampleOfOthers, hasRefused } = await loadChoice();
      const [s, { id }] = [c.get("s"), requireVisitor(c).user];
      if ((await hasRefused(s, id)) || (await canRefuse(s, id))) return undefined;
      const ways = exampleOfOthers(s);
      return ways === "none" ? { action: "none" } : { purpose: message(messages, "purposeNeedsOthers", { ways }), action: "none" };
    },
  },
  takeBackChoice: async (tx, userId, since) => (await loadChoice()).takeBackChoice(tx, userId, since),
  exportData: {
    name: "emailLogin",
    read: async (s, userId) => ({ isOff: await (await loadChoice()).hasRefused(s, userId) }),
  },
  openapi: {
    "/login/code": {
      post: {
        summary: "Request a login code by email with `email` (202), or log in with `code` and `pending`",
        status: 202,
        response: {
          anyOf: [
            schema.object({ status: { type: "string", const: "check-email" }, pending: schema.text }),
            schema.object({ due: schema.text, pending: schema.text }),
            ...signedIn,
          ],
        },
        example: { email: "ada@example.com" },
      },
    },
    "/login/code/link": {
      post: {
        summary: "Log in with the token of a login link and the `pending` of its request",
        response: { anyOf: signedIn },
        example: { token: "{email-login}", pending: "{pending}" },
      },
    },
    "/login/code/new": {
      takesExtraFields: true,
      post: {
        summary: "Create the account of an email that a login code has proven",
        response: { anyOf: signedIn },
        example: { username: "grace", pending: "{pending}" },
      },
    },
    "/settings/email-login": {
      post: {
        summary: "Turn login by email off or on for the account",
        response: schema.object({ isOn: { type: "boolean" } }),
        example: { login: "on" },
      },
      formResponse: schema.object({ isOn: { type: "boolean" }, canTurnOff: { type: "boolean" }, csrfToken: schema.csrfToken }),
    },
  },
  routes: (app, s) => {
    if (!isOffered(s)) return;
    app.form(codePath, {
      access: "public",
      fields: codeFields,
      keep: ["email", "remember", "next", "code"],
      show: showCode,
      submit: async (c, data) => {
        const { email, code, again, session } = data;
        if (code !== undefined) return (await import("./log-in.ts")).logInByCode(c, code, session);
        const { ask, askAgain } = await import("./ask.ts");
        return again === undefined ? ask(c, { ...data, email: email ?? "" }) : askAgain(c);
      },
    });
    app.form(linkPath, {
      access: "public",
      fields: z.object({ token: z.string().optional(), ...sessionFields }),
      keep: [],
      show: showLink,
      submit: async (c, { token, session }) =>
        requireSameEmail(c, loginLink) ?? (await import("./log-in.ts")).logInByLink(c, token, session),
    });
    app.form(newAccountPath, {
      access: "public",
      fields: z.object({ username: z.string().default("").transform(trimTyped), ...sessionFields }),
      keep: ["username"],
      show: showNewAccount,
      submit: async (c, { username, session }) => (await import("./log-in.ts")).createAccount(c, username, session),
    });
    app.form(settingsPath, {
      recentAuth: true,
      fields: z.object({ login: z.enum(["on", "off"]) }),
      keep: ["login"],
      show: async (c, form) => (await import("./settings.ts")).settingsPage(c, form),
      submit: async (c, { login }) => (await import("./settings.ts")).change(c, login),
    });
  },
};

/** Accounts of other providers may have nothing else to confirm with. */
function confirms(s: Services): boolean {
  return isOffered(s) || (s.settings.providers.length > 0 && canSendEmail(s));
}

async function showCode(c: Context, form: FormState): Promise<Page | Response> {
  const [{ askPage, codePage }, { readPendingCode }] = await Promise.all([import("./pages.ts"), import("./pending-code.ts")]);
  const pending = readPendingCode(c);
  const redirected = c.req.method === "POST" || pending ? undefined : redirectIfLoggedIn(c, c.req.query("next"));
  if (redirected) return redirected;
  const isAsking = pending === undefined || form.values["email"] !== undefined || c.req.query("correct") !== undefined;
  return isAsking ? askPage(c, form, pending) : codePage(c, form, pending);
}

async function showLink(c: Context, form: FormState): Promise<Page | Response> {
  const [{ deadLoginLink, elsewherePage, linkPage }, { codeOf, findByLink, isRequestedHere }, { readPendingCode }] = await Promise.all([
    import("./pages.ts"),
    import("./email-logins.ts"),
    import("./pending-code.ts"),
  ]);
  const token = readLinkToken(c, loginLink) ?? "";
  const login = await findByLink(c.get("s"), token);
  if (!login) return answerPage(c, deadLoginLink(c), 410);
  const { email } = login;
  return isRequestedHere(login, readPendingCode(c)?.secret)
    ? linkPage(c, form, { email, isSignUp: login.user_id === null })
    : elsewherePage(c, form, { email, code: codeOf(token) });
}

async function showNewAccount(c: Context, form: FormState): Promise<Page | Response> {
  const [{ askPage, newAccountPage }, { findSignUp }, { readPendingCode }] = await Promise.all([
    import("./pages.ts"),
    import("./email-logins.ts"),
    import("./pending-code.ts"),
  ]);
  const pending = readPendingCode(c);
  const login = pending && (await findSignUp(c.get("s"), pending.secret));
  return login ? newAccountPage(c, form, login.email) : askPage(c, form, pending);
}
