/** The parts of a form: each field with its label, its hint and what is wrong with it, and a summary above them all. */
import { html } from "hono/html";
/** A form with its token. The browser's own bubbles are off: our messages say more, and screen readers read them. */
export function postForm({ action, csrfToken, button, isDangerous, body }) {
    return html `<form method="post" action="${action}" novalidate>
<input type="hidden" name="csrf_token" value="${csrfToken}">
${body}
<button type="submit" class="wide-button${isDangerous ? " dangerous" : ""}">${button}</button>
</form>`;
}
export function field(props) {
    const { name, label, type, hint, problem } = props;
    const describedBy = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(" ");
    // A label of its own stands above: an address is checked by us, so that every browser says the same about it.
    const input = html `<input id="${name}" name="${name}" type="${type === "code" ? "text" : type}"${type === "code" ? html ` inputmode="numeric" maxlength="12"` : ""} autocomplete="${props.autocomplete}"${type === "password" ? "" : html ` value="${props.value ?? ""}"`}${type === "text" ? html ` autocapitalize="none"` : ""}${type === "password" ? "" : html ` spellcheck="false"`}${describedBy ? html ` aria-describedby="${describedBy}"` : ""}${problem ? html ` aria-invalid="true"` : ""}${props.isOptional ? "" : html ` required`}>`;
    return html `<div class="field${problem ? " wrong" : ""}">
<label for="${name}">${label}</label>
${hint ? html `<p class="hint" id="${name}-hint">${hint}</p>` : ""}
${problem ? html `<p class="problem" id="${name}-problem"><span class="for-ears">Error:</span> ${problem}</p>` : ""}
${type === "password" ? passwordInput(input, props) : input}
</div>`;
}
/** The switch and the meter appear with the script that makes them work. */
function passwordInput(input, { name, label, strengthUrl }) {
    return html `<div class="password">${input}<button type="button" class="show" aria-controls="${name}" data-label="${label.toLowerCase()}" aria-label="Show ${label.toLowerCase()}" hidden>Show</button></div>
${strengthUrl ? html `<p class="strength" data-for="${name}" data-url="${strengthUrl}" role="status" hidden></p>` : ""}`;
}
export function checkbox({ name, label, hint, checked }) {
    return html `<div class="check">
<input id="${name}" name="${name}" type="checkbox" value="on"${checked ? html ` checked` : ""}${hint ? html ` aria-describedby="${name}-hint"` : ""}>
<label for="${name}">${label}</label>
${hint ? html `<p class="hint" id="${name}-hint">${hint}</p>` : ""}
</div>`;
}
/** What has to be put right, with a way to each field. It takes the focus, so it is read out and seen first. */
export function errorSummary({ message, problems }) {
    const entries = Object.entries(problems);
    if (!message && entries.length === 0)
        return "";
    return html `<div class="summary" role="alert" tabindex="-1" autofocus>
<h2>${message ?? "There is a problem"}</h2>
${entries.length === 0 ? "" : html `<ul>${entries.map(([name, text]) => html `<li><a href="#${name}">${text}</a></li>`)}</ul>`}
</div>`;
}
