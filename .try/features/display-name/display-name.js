/** What a person wants to be called. */
import { html } from "hono/html";
import { z } from "zod";
import { recordEvent } from "../../core/audit.js";
import { inTransaction } from "../../core/services.js";
import { requestOrigin } from "../../http/client-address.js";
import { flash } from "../../http/flashes.js";
import { answerJson, go, wantsJson } from "../../http/reply.js";
import { requireVisitor } from "../../http/visitor.js";
import { errorSummary, field, postForm } from "../../ui/fields.js";
const mostCharacters = 100;
const changedWords = "From now on, that is what we call you.";
const removedWords = "From now on, we call you by your user name.";
const fields = z.object({
    display_name: z
        .string()
        .default("")
        .transform((text) => text.trim()),
});
export const displayName = {
    name: "display-name",
    settingsCard: {
        path: "/settings/display-name",
        title: "Display name",
        text: (c) => `We call you ${requireVisitor(c).user.displayName}.`,
    },
    routes: (app) => {
        app.form("/settings/display-name", {
            fields,
            keep: ["display_name"],
            show: (c, form) => displayNamePage(c, form),
            submit: (c, data) => submit(c, data.display_name),
        });
    },
};
async function submit(c, typed) {
    const { user } = requireVisitor(c);
    const problem = problemOf(typed);
    if (problem)
        return { status: 422, code: "invalid", problems: { display_name: problem } };
    const name = typed === "" ? null : typed.normalize("NFC");
    await inTransaction(c.get("s"), async (tx) => {
        await tx.db.updateTable("users").set({ display_name: name }).where("id", "=", user.id).execute();
        await recordEvent(tx, user.id, "display-name-changed", requestOrigin(c));
    });
    if (wantsJson(c))
        return answerJson(c, { user: { ...user, displayName: name ?? user.username } });
    flash(c, "success", name === null ? removedWords : changedWords);
    return go(c, "/settings");
}
function problemOf(name) {
    if (!name.isWellFormed())
        return "This holds something that is not text. Type it again.";
    if ([...name.normalize("NFC")].length > mostCharacters)
        return `Use at most ${mostCharacters} characters.`;
    // A name that turns the text around it could make a letter say something else (UTS 55; ASVS 1.3.11).
    if (/[\p{Cc}\u2028\u2029]|\p{Bidi_Control}/u.test(name))
        return "Use letters, digits, signs and spaces only: this holds a character that nobody sees.";
    if (name !== "" && !/[\p{L}\p{N}\p{S}]/u.test(name))
        return "Use at least one letter, digit or symbol.";
    return undefined;
}
function displayNamePage(c, form) {
    const { values, problems, message, csrfToken } = form;
    const { user } = requireVisitor(c);
    const now = user.displayName === user.username ? "" : user.displayName;
    return {
        title: "Display name",
        width: "narrow",
        hasErrors: message !== undefined || Object.keys(problems).length > 0,
        body: html `${errorSummary(form)}
<h1>What should we call you?</h1>
${postForm({
            action: "/settings/display-name",
            csrfToken,
            button: "Save",
            body: field({
                name: "display_name",
                label: "Display name",
                type: "text",
                autocomplete: "name",
                value: values["display_name"] ?? now,
                problem: problems["display_name"],
                hint: `Up to ${mostCharacters} characters. Leave it empty to be called by your user name.`,
                isOptional: true,
            }),
        })}
<p class="after"><a href="/settings">Back to the settings</a></p>`,
    };
}
