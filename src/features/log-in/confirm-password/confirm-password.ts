/** Asks for the password again before sensitive actions. */
import { z } from "zod";
import type { Context, FormState } from "../../../http/context.ts";
import { confirmPage, confirmPassword } from "../../../http/forms/reauthenticate.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { safeNext } from "../../../http/request/return-url.ts";
import { answerJson, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import type { Feature } from "../../feature.ts";

const fields = z.object({ current_password: z.string().default(""), next: z.string().optional() });

export const confirmPasswordFeature: Feature = {
  name: "confirm-password",
  openapi: {
    "/confirm-password": {
      post: {
        summary: "Confirm the password before sensitive actions",
        gives: schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
        example: { current_password: "a harbour at dusk" },
      },
    },
  },
  routes: (app) => {
    app.form("/confirm-password", {
      fields,
      keep: ["next"],
      show: (c, form) => confirmPage(c, withNext(c, form), "/confirm-password"),
      submit: async (c, data) => {
        const refusal = await confirmPassword(c, data.current_password);
        if (refusal) return refusal;
        return wantsJson(c)
          ? answerJson(c, { user: requireVisitor(c).user, csrfToken: csrfToken(c) })
          : redirectTo(c, safeNext(c.get("s").settings, data.next));
      },
    });
  },
};

/** The target of the redirect: from the form after an error, else from the URL. */
function withNext(c: Context, form: FormState): FormState {
  const next = form.values["next"] ?? c.req.query("next");
  return next === undefined ? form : { ...form, values: { next: safeNext(c.get("s").settings, next) } };
}
