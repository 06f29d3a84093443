/** Authenticator apps and recovery codes as a second factor. */

import { z } from "zod";
import { onlyPasskeysLogIn } from "../../../core/credentials/login-ways.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import type { Services } from "../../../core/services.ts";
import { twoFactorStep } from "../../../core/sign-in/two-factor-step.ts";
import { messages as copiedMessages } from "../../../core/two-factor/copied-trust.messages.ts";
import { enrolledMethods, removePendingAuthenticators } from "../../../core/two-factor/enrolled.ts";
import { messages as codeMessages } from "../../../core/two-factor/enrolment-code.messages.ts";
import { enrolmentCodeToken } from "../../../core/two-factor/enrolment-code-token.ts";
import type { Context } from "../../../http/context.ts";
import { isChecked } from "../../../http/forms/remember.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { translator } from "../../../http/request/locale.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { lazy } from "../../../platform/lazy.ts";
import { field } from "../../../ui/fields.ts";
import type { CheckedPoint, Feature } from "../../feature.ts";
import { enrolmentNotice } from "./enrolment-notice.ts";
import { messages as trustMessages } from "./trusted-devices.messages.ts";
import { messages } from "./two-factor.messages.ts";
import { messages as enrolmentMessages } from "./two-factor-enrolment.messages.ts";

/** Loaded with the first request that needs them: most sites have users without a second factor. */
const overview = lazy(() => import("./overview.ts")).get;
const appPages = lazy(() => import("./authenticators.ts")).get;
const off = lazy(() => import("./off.ts")).get;
const recoveryPages = lazy(() => import("./recovery.ts")).get;
const turnOn = lazy(() => import("./turn-on.ts")).get;
const step = lazy(() => import("./step.ts")).get;
const devices = lazy(() => import("./trusted-devices.ts")).get;
const enrolment = lazy(() => import("./enrolment.ts")).get;

// Browsers send "on" for a checked box, and nothing for an unchecked one.
const flag = z.union([z.boolean(), z.string()]).default(false).transform(isChecked);
const byId = z.object({ id: z.string().default("") });

export const twoFactor: Feature = {
  name: "two-factor",
  messages: [messages, trustMessages, copiedMessages, enrolmentMessages, codeMessages],
  translations: [
    { de: () => import("./two-factor.messages.de.ts"), ar: () => import("./two-factor.messages.ar.ts") },
    { de: () => import("./trusted-devices.messages.de.ts"), ar: () => import("./trusted-devices.messages.ar.ts") },
    {
      de: () => import("../../../core/two-factor/copied-trust.messages.de.ts"),
      ar: () => import("../../../core/two-factor/copied-trust.messages.ar.ts"),
    },
    { de: () => import("./two-factor-enrolment.messages.de.ts"), ar: () => import("./two-factor-enrolment.messages.ar.ts") },
    {
      de: () => import("../../../core/two-factor/enrolment-code.messages.de.ts"),
      ar: () => import("../../../core/two-factor/enrolment-code.messages.ar.ts"),
    },
  ],
  pages: { "two-factor": { path: "/settings/two-factor" } },
  pageNotice: enrolmentNotice,
  tokens: [enrolmentCodeToken],
  events: { ...eventsIn(messages), ...eventsIn(trustMessages) },
  emails: {
    "two-factor-on": {},
    "two-factor-off": {},
    "authenticator-added": {},
    "authenticator-removed": {},
    "recovery-codes-made": {},
    "recovery-code-used": {},
    "two-factor-failed": {},
    "enrolment-code": { expiresWith: enrolmentCodeToken },
  },
  jobs: [{ name: "pending-authenticators", removeExpired: removePendingAuthenticators }],
  exportData: { name: "twoFactor", read: async (s, userId) => (await import("./export.ts")).exportFactors(s, userId) },
  signInStep: { ...twoFactorStep, path: "/login/two-factor" },
  secondFactor: { enrolled: enrolledMethods },
  takeBackChanges: async (tx, userId, since, info) => (await import("./take-back.ts")).takeBackFactors(tx, userId, since, info),
  reauthenticate: {
    method: "totp",
    field: "two_factor_code",
    openapi: () => ({ two_factor_code: schema.text }),
    isEnrolled: async (c) => {
      const { user } = requireVisitor(c);
      return user.twoFactorSince !== null && (await enrolledMethods(c.get("s"), user.id)).length > 0;
    },
    input: async (c, { problems }) => {
      const t = translator(c, messages);
      const methods = await enrolledMethods(c.get("s"), requireVisitor(c).user.id);
      const hasRecovery = methods.includes("recovery-code");
      const kind = methods.includes("totp") ? (hasRecovery ? "codeOrRecovery" : "code") : "recovery";
      return field({
        name: "two_factor_code",
        label: t(`${kind}Label`),
        hint: kind === "recovery" ? undefined : t(`${kind}Hint`),
        type: "text",
        autocomplete: "one-time-code",
        problem: problems["two_factor_code"],
      });
    },
    button: (_, isAlone) => (isAlone ? undefined : message(messages, "confirmWithCode")),
    verify: async (c, typed) => (await step()).verifyCode(c, typed),
  },
  settingsPage: {
    group: "security",
    icon: "phone",
    action: "review",
    path: "/settings/two-factor",
    title: message(messages, "title"),
    purpose: message(messages, "card.text"),
    badge: (c) => {
      if (requireVisitor(c).user.twoFactorSince !== null) return { kind: "ok", text: message(messages, "on") };
      return isNeedless(c) ? undefined : { kind: "neutral", text: message(messages, "off") };
    },
    instead: (c) =>
      requireVisitor(c).user.twoFactorSince !== null || isNeedless(c)
        ? undefined
        : { action: { path: "/settings/two-factor", text: message(messages, "check.turnOn") } },
  },
  securityCheck,
  openapi: {
    "/login/two-factor": {
      post: {
        summary: "Finish a login with a code of an authenticator app, or with a recovery code",
        response: schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
        example: { pending: "{pending}", code: "{code}" },
      },
      formResponse: schema.object({ methods: { type: "array", items: schema.text }, csrfToken: schema.csrfToken }),
    },
    "/settings/two-factor": {
      get: {
        summary: "Get the state of two-factor authentication",
        response: schema.object({
          twoFactorSince: schema.nullable(schema.instant),
          authenticators: { type: "array", items: schema.ref("Authenticator") },
          recoveryCodesLeft: { type: "integer" },
        }),
      },
    },
    "/settings/two-factor/authenticator": {
      post: {
        summary: "Without a code: get the secret of a new authenticator app. With its first code: take it into use",
        renews: true,
        response: {
          type: "object",
          properties: {
            authenticator: {
              type: "object",
              properties: { id: schema.text, secret: schema.text, uri: schema.text, expiresAt: schema.instant },
            },
            user: schema.user,
            recoveryCodes: { type: "array", items: schema.text, description: "Ten codes with the first app; they are shown this once." },
            csrfToken: schema.csrfToken,
          },
        },
        example: { code: "{code}", name: "Phone" },
      },
    },
    "/settings/two-factor/authenticator/rename": {
      post: {
        summary: "Rename an authenticator app",
        response: schema.object({ renamed: schema.yes }),
        example: { id: "{id}", name: "Phone" },
      },
    },
    "/settings/two-factor/authenticator/remove": {
      post: {
        summary: "Remove an authenticator app; the last factor turns two-factor authentication off",
        response: schema.object({
          removed: schema.yes,
          twoFactorSince: schema.nullable(schema.instant),
          keptUntil: schema.nullable(schema.instant),
        }),
        example: { id: "{id}" },
      },
    },
    "/settings/two-factor/recovery": {
      post: {
        summary: "Create new recovery codes, which end the earlier ones",
        response: schema.object({ recoveryCodes: { type: "array", items: schema.text }, keptUntil: schema.nullable(schema.instant) }),
        example: {},
      },
    },
    "/settings/two-factor/devices": {
      post: {
        summary: "Stop trusting one browser by its ID, or all of them",
        response: schema.object({ ended: schema.yes }),
        example: { all: "1" },
      },
      formResponse: schema.object({ devices: { type: "array", items: schema.ref("TrustedDevice") }, csrfToken: schema.csrfToken }),
    },
    "/settings/two-factor/verify": {
      post: {
        renews: true,
        summary: "Prove the account's inbox before a required factor is set up: with `again` send a code, with `code` confirm it",
        status: 202,
        response: { anyOf: [schema.object({ sent: schema.yes }), schema.object({ confirmed: schema.yes })] },
        example: { again: "1" },
      },
      formResponse: schema.object({
        email: schema.nullable(schema.text),
        isVerified: { type: "boolean" },
        isSent: { type: "boolean" },
        csrfToken: schema.csrfToken,
      }),
    },
    "/settings/two-factor/on": {
      post: {
        summary: "Turn on two-factor authentication with factors that the account has, such as passkeys",
        response: schema.object({
          user: schema.user,
          recoveryCodes: { type: "array", items: schema.text, description: "Ten codes; they are shown this once." },
          csrfToken: schema.csrfToken,
        }),
        example: {},
      },
    },
    "/settings/two-factor/off": {
      post: {
        summary: "Turn off two-factor authentication",
        response: schema.object({ twoFactorSince: { type: "null" }, keptUntil: schema.nullable(schema.instant) }),
        example: {},
      },
    },
  },
  routes: (app, s) => {
    app.form("/login/two-factor", {
      access: "public",
      fields: z.object({ code: z.string().default(""), pending: z.string().optional(), trust: flag }),
      keep: [],
      show: async (c, form) => (await step()).stepPage(c, form),
      submit: async (c, { code, trust }) => (await step()).enter(c, code, trust),
    });
    app.page("/settings/two-factor", async (c) => (await overview()).overviewPage(c), { whileEnrolling: true });
    app.form("/settings/two-factor/authenticator", {
      recentAuth: true,
      enrols: true,
      fields: z.object({ code: z.string().optional(), name: z.string().default(""), next: z.string().optional() }),
      keep: ["name", "next"],
      show: async (c, form) => (await appPages()).setUpPage(c, form),
      submit: async (c, { code, name, next }) => {
        const pages = await appPages();
        return code === undefined ? pages.begin(c, next) : pages.confirm(c, { code, name, next });
      },
    });
    app.form("/settings/two-factor/authenticator/rename", {
      recentAuth: true,
      fields: byId.extend({ name: z.string().default("") }),
      keep: ["id", "name"],
      show: async (c, form) => (await appPages()).renamePage(c, form),
      submit: async (c, { id, name }) => (await appPages()).rename(c, id, name),
    });
    app.form("/settings/two-factor/authenticator/remove", {
      recentAuth: true,
      fields: byId,
      keep: ["id"],
      show: async (c, form) => (await appPages()).removePage(c, form),
      submit: async (c, { id }) => (await appPages()).remove(c, id),
    });
    if (s.settings.twoFactorTrustMs > 0) {
      app.form("/settings/two-factor/devices", {
        recentAuth: true,
        fields: z.object({ device: z.string().default(""), all: z.union([z.string(), z.literal(true)]).optional() }),
        keep: [],
        show: async (c, form) => (await devices()).devicesPage(c, form),
        submit: async (c, data) => (await devices()).endTrust(c, data),
      });
    }
    if (s.settings.twoFactor.length > 0 && canSendEmail(s)) {
      app.form("/settings/two-factor/verify", {
        recentAuth: true,
        whileEnrolling: true,
        fields: z.object({ code: z.string().default(""), again: z.string().optional(), next: z.string().optional() }),
        keep: ["next"],
        show: async (c, form) => (await enrolment()).verifyPage(c, form),
        submit: async (c, data) => (await enrolment()).verify(c, data),
      });
    }
    app.form("/settings/two-factor/on", {
      recentAuth: true,
      enrols: true,
      fields: z.object({ next: z.string().optional() }),
      keep: ["next"],
      show: async (c, form) => (await turnOn()).onPage(c, form),
      submit: async (c, { next }) => (await turnOn()).turnOnByUser(c, next),
    });
    app.form("/settings/two-factor/off", {
      recentAuth: true,
      fields: z.object({}),
      keep: [],
      show: async (c, form) => (await off()).offPage(c, form),
      submit: async (c) => (await off()).turnOffByUser(c),
    });
    app.form("/settings/two-factor/recovery", {
      recentAuth: true,
      fields: z.object({}),
      keep: [],
      show: async (c, form) => (await recoveryPages()).recoveryPage(c, form),
      submit: async (c) => (await recoveryPages()).makeCodes(c),
    });
    app.form("/settings/two-factor/recovery/download", {
      fields: z.object({ codes: z.string().default("") }),
      keep: [],
      show: async (c, form) => (await recoveryPages()).recoveryPage(c, form),
      submit: async (c, { codes }) => (await recoveryPages()).download(c, codes),
    });
  },
};

/** A warning once few recovery codes are left; an account without a second factor costs no query. */
/** A passkey is two factors already, and the site has no other login. A policy asks for more. */
function isNeedless(c: Context): boolean {
  return c.get("enrolment") === undefined && onlyPasskeysLogIn(c.get("s"));
}

async function securityCheck(c: Context): Promise<CheckedPoint | undefined> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  if (user.twoFactorSince === null) {
    if (isNeedless(c)) return undefined;
    return {
      // Under a policy, while its grace time lasts.
      state: c.get("enrolment") === undefined ? "info" : "warn",
      title: t("check.off"),
      hint: t("check.offHint"),
      action: { path: "/settings/two-factor", text: t("check.turnOn") },
    };
  }
  const left = await codesLeft(c.get("s"), user.id);
  return left.areFew
    ? {
        state: "warn",
        title: t("check.few", { count: left.count }),
        hint: t("check.fewHint"),
        action: { path: "/settings/two-factor/recovery", text: t("check.new") },
      }
    : { state: "ok", title: t("check.on") };
}

async function codesLeft(s: Services, userId: string): Promise<{ count: number; areFew: boolean }> {
  const { countRecoveryCodes, fewRecoveryCodes } = await import("../../../core/two-factor/recovery-codes.ts");
  const count = await countRecoveryCodes(s, userId);
  return { count, areFew: count <= fewRecoveryCodes };
}
