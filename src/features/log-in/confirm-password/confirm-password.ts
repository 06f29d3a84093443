/** Asks for the password again before sensitive actions. */

import { z } from "zod";
import { findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Reauthenticate } from "../../../http/context.ts";
import { messages } from "../../../http/forms/reauthenticate.messages.ts";
import { reauthenticate, reauthenticationPage, tryOwnPassword } from "../../../http/forms/reauthenticate.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { safeNext } from "../../../http/request/return-url.ts";
import { answerJson, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { field } from "../../../ui/fields.ts";
import type { Feature } from "../../feature.ts";

const fields = z.object({ current_password: z.string().optional(), next: z.string().optional() });

/** Re-authentication by password. */
const byPassword: Reauthenticate = {
  method: "password",
  field: "current_password",
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
        example: { current_password: "a harbour at dusk" },
      },
    },
  },
  routes: (app) => {
    app.form("/confirm-password", {
      fields,
      keep: ["next"],
      show: (c, form) => reauthenticationPage(c, withNext(c, form), "/confirm-password"),
      submit: async (c, data) => {
        const refusal = await reauthenticate(c);
        if (refusal === "missing") return missing;
        if (refusal) return refusal;
        return wantsJson(c)
          ? answerJson(c, { user: requireVisitor(c).user, csrfToken: csrfToken(c) })
          : redirectTo(c, safeNext(c.get("s").settings, data.next));
      },
    });
  },
};

const missing: FormError = { status: 422, code: "invalid", problems: { current_password: message(messages, "enterPassword") } };

/** The target of the redirect: from the form after an error, else from the URL. */
function withNext(c: Context, form: FormState): FormState {
  const next = form.values["next"] ?? c.req.query("next");
  return next === undefined ? form : { ...form, values: { next: safeNext(c.get("s").settings, next) } };
}
