import { csrfToken } from "./csrf.js";
import { confirmField, confirmPage, confirmPassword, isFresh } from "./fresh-login.js";
import { addHeader } from "./headers.js";
import { answerError, answerJson, answerPage, go, wantsJson } from "./reply.js";
export function createRegistrar(hono) {
    const forms = new Map();
    return {
        page: (path, show) => {
            hono.get(path, async (c) => asResponse(c, await show(c)));
        },
        form: (path, form) => {
            const known = form;
            forms.set(path, known);
            hono.get(path, (c) => showEmpty(c, known));
            hono.post(path, (c) => submit(c, known));
        },
        refuseForged: async (c, problem) => {
            const form = forms.get(c.req.path);
            const refusal = { status: 403, code: problem, message: forgedWords[problem] };
            const again = form && (await showAgain(c, form, refusal));
            // A page behind a link that is dead has no form to show again.
            return again?.status === 403 ? again : answerError(c, 403, { code: problem, message: forgedWords[problem] });
        },
    };
}
const forgedWords = {
    "bad-token": "This form was open for too long, or in another tab. Nothing was changed. Please send it again.",
    "foreign-origin": "This form was not sent from this site’s own address. Nothing was changed.",
};
async function showEmpty(c, form) {
    if (form.fresh && !isFresh(c)) {
        if (wantsJson(c))
            return answerError(c, 403, notFresh);
        const { pathname, search } = new URL(c.req.url);
        return go(c, `/confirm-password?next=${encodeURIComponent(pathname + search)}`);
    }
    return asResponse(c, await form.show(c, { csrfToken: csrfToken(c), values: {}, problems: {} }));
}
const notFresh = { code: "fresh-login-required", message: "Please confirm your password first." };
async function submit(c, form) {
    const notYet = form.fresh && !isFresh(c) ? await askAgain(c, form) : undefined;
    if (notYet)
        return notYet;
    const read = form.fields.safeParse(c.get("body"));
    if (!read.success)
        return showAgain(c, form, { status: 422, code: "invalid", problems: problemsOf(read.error) });
    const result = await form.submit(c, read.data);
    return result instanceof Response ? result : showAgain(c, form, result);
}
/** Stands in front of the form until the password is given; what was typed into the form waits behind it. */
async function askAgain(c, form) {
    const password = c.get("body")[confirmField];
    const refusal = password === undefined ? { status: 403, ...notFresh } : await confirmPassword(c, password);
    if (!refusal)
        return undefined;
    const { message, ...rest } = refusal;
    const inFront = { ...form, show: (_, state) => confirmPage(c, state, c.req.path) };
    return showAgain(c, inFront, password === undefined && !wantsJson(c) ? rest : refusal);
}
function problemsOf(error) {
    return Object.fromEntries(error.issues.map((issue) => [String(issue.path[0] ?? "form"), "Enter this once, as text."]));
}
async function showAgain(c, form, refusal) {
    const { status, code, message, problems = {}, retryAfterSeconds } = refusal;
    if (retryAfterSeconds !== undefined)
        addHeader(c, "retry-after", String(retryAfterSeconds));
    if (wantsJson(c)) {
        const sentences = Object.values(problems);
        const error = { code, message: message ?? sentences.join(" "), ...(sentences.length > 0 ? { fields: problems } : {}) };
        return answerJson(c, { error }, status);
    }
    const values = Object.fromEntries(form.keep.map((name) => [name, c.get("body")[name]]).filter(([, value]) => typeof value === "string"));
    const state = { csrfToken: csrfToken(c), values, problems, ...(message ? { message } : {}) };
    // A name that is taken is a conflict to a program, and to a person a field to fill in anew.
    return asResponse(c, await form.show(c, state), status === 409 ? 422 : status);
}
function asResponse(c, shown, status = 200) {
    return shown instanceof Response ? shown : answerPage(c, shown, status);
}
