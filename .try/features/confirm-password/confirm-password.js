/** Giving the password again, on the way to something that protects the account. */
import { z } from "zod";
import { csrfToken } from "../../http/csrf.js";
import { confirmPage, confirmPassword } from "../../http/fresh-login.js";
import { answerJson, go, wantsJson } from "../../http/reply.js";
import { safeNext } from "../../http/safe-next.js";
import { requireVisitor } from "../../http/visitor.js";
const fields = z.object({ current_password: z.string().default(""), next: z.string().optional() });
export const confirmPasswordFeature = {
    name: "confirm-password",
    routes: (app) => {
        app.form("/confirm-password", {
            fields,
            keep: ["next"],
            show: (c, form) => confirmPage(c, withNext(c, form), "/confirm-password"),
            submit: async (c, data) => {
                const refusal = await confirmPassword(c, data.current_password);
                if (refusal)
                    return refusal;
                return wantsJson(c) ? answerJson(c, { user: requireVisitor(c).user, csrfToken: csrfToken(c) }) : go(c, safeNext(data.next));
            },
        });
    },
};
/** Where to go on to stands in the address first, and in the form after a mistake. */
function withNext(c, form) {
    const next = form.values["next"] ?? c.req.query("next");
    return next === undefined ? form : { ...form, values: { next: safeNext(next) } };
}
