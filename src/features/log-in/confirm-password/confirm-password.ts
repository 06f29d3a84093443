/** Asks for the password again before sensitive actions. */

import { z } from "zod";
import type { Level } from "../../../core/sessions/methods.ts";
import { findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Reauthenticate } from "../../../http/context.ts";
import { messages } from "../../../http/forms/reauthenticate.messages.ts";
import { enrolledMethods, reauthenticate, reauthenticationPage, tryOwnPassword } from "../../../http/forms/reauthenticate.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { messages as enrolment } from "../../../http/request/enrolment.messages.ts";
import { translator } from "../../../http/request/locale.ts";
import { guardedOrigins, safeReturn } from "../../../http/request/return-url.ts";
import { answerJson, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { field } from "../../../ui/fields.ts";
import type { Feature } from "../../feature.ts";

const fields = z.object({ current_password: z.string().optional(), next: z.string().optional(), level: z.string().optional() });

/** Re-authentication by password. */
const byPassword: Reauthenticate = {
  method: "password",
  field: "current_password",
  openapi: ({ settings }) => (settings.passwords === "on" ? { current_password: schema.text } : {}),
  hasOwnLimit: true,
  isEnrolled: async (c) => {
    const s = c.get("s");
    const account = s.settings.passwords === "on" ? await findUserById(s, requireVisitor(c).user.id) : undefined;
    return account !== undefined && hasPassword(account);
  },
  input: (c, { problems }) =>
    field({
      name: "current_password",
      label: translator(c, messages)("password"),
      type: "password",
      autocomplete: "current-password",
      problem: problems["current_password"],
    }),
  button: (_, isAlone) => (isAlone ? undefined : message(messages, "withPassword")),
  verify: async (c, password) => {
    const tried = await tryOwnPassword(c, password);
    return tried.ok ? { ok: true, attempt: tried.attempt } : tried;
  },
};

export const confirmPassword: Feature = {
  name: "confirm-password",
  pages: { reauthentication: { path: "/confirm-password" } },
  reauthenticate: byPassword,
  openapi: {
    "/confirm-password": {
      post: {
        summary: "Re-authenticate before sensitive actions",
        response: schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
        renews: true,
        example: { current_password: "a harbour at dusk" },
      },
    },
  },
  routes: (app, s) => {
    // A step-up for another app leads back to it.
    const formTargets = guardedOrigins(s.settings);
    app.form("/confirm-password", {
      fields,
      keep: ["next", "level"],
      whileEnrolling: true,
      show: async (c, form) => {
        const values = keptValues(c, form);
        const page = await reauthenticationPage(c, { ...form, values }, "/confirm-password", levelIn(values));
        return { ...page, formTargets };
      },
      submit: async (c, data) => {
        const refusal = await reauthenticate(c, levelIn(data));
        if (refusal === "missing") return missing(c, levelIn(data));
        if (refusal) return refusal;
        return wantsJson(c)
          ? answerJson(c, { user: requireVisitor(c).user, csrfToken: csrfToken(c) })
          : redirectTo(c, safeReturn(c.get("s").settings, data.next));
      },
    });
  },
};

/** Names the field of the password only to an account that confirms with it. */
async function missing(c: Context, level: Level): Promise<FormError> {
  const invalid = { status: 422, code: "invalid" } as const;
  if (level === 2) return { ...invalid, message: message(enrolment, "secondFactorRequired") };
  const methods = await enrolledMethods(c, level);
  return methods.some(({ method }) => method === "password")
    ? { ...invalid, problems: { current_password: message(messages, "enterPassword") } }
    : { ...invalid, message: message(messages, "required") };
}

/** Kept from the form after an error, else from the URL: the target of the redirect, and the level that is asked for. */
function keptValues(c: Context, { values }: FormState): Record<string, string> {
  const [next, level] = [values["next"] ?? c.req.query("next"), values["level"] ?? c.req.query("level")];
  return {
    ...(next === undefined ? {} : { next: safeReturn(c.get("s").settings, next) }),
    ...(level === "2" ? { level } : {}),
  };
}

function levelIn({ level }: { readonly level?: string | undefined }): Level {
  return level === "2" ? 2 : 1;
}
