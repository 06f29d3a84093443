/** The page for what cannot be shown: what happened, and what to do next. */
import { html } from "hono/html";
const titles = {
    400: "That could not be read",
    403: "Not allowed",
    404: "Page not found",
    405: "Not possible here",
    413: "That is too much",
    415: "That could not be read",
    429: "Too many attempts",
    500: "Something went wrong",
    503: "Busy right now",
};
export function errorPage({ status, message, requestId }) {
    const title = titles[status] ?? "That did not work";
    return {
        title,
        hasErrors: true,
        width: "narrow",
        body: html `<h1>${title}</h1>
<p>${message}</p>
${status >= 500 ? html `<p class="hint">If it keeps happening, tell whoever runs this site the request’s number: <code>${requestId}</code></p>` : ""}
<p><a class="button secondary" href="/">Go to the home page</a></p>`,
    };
}
