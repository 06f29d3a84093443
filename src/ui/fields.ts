/** The parts of a form: each field with its label, its hint and what is wrong with it, and a summary above them all. */
import { at, type Html, html } from "./html.ts";

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "email" | "password" | "code" | "number";
  readonly autocomplete: "username" | "email" | "name" | "nickname" | "current-password" | "new-password" | "one-time-code" | "off";
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  /** Whether it may stay empty. */
  readonly isOptional?: boolean;
  /** For a new password: shows how strong it is while it is typed. */
  readonly strengthUrl?: string;
}

interface FormProps {
  readonly action: string;
  readonly csrfToken: string;
  readonly button: string;
  /** Whether what the button does is hard to take back. */
  readonly isDangerous?: true;
  readonly body: Html;
}

/** A form with its token. The browser's own bubbles are off: our messages say more, and screen readers read them. */
export function postForm({ action, csrfToken, button, isDangerous, body }: FormProps): Html {
  return html`<form method="post" action="${at(action)}" novalidate>
<input type="hidden" name="csrf_token" value="${csrfToken}">
${body}
<button type="submit" class="wide-button${isDangerous ? " dangerous" : ""}">${button}</button>
</form>`;
}

/**
 * Says whose password a form is about, to password managers: they pass over fields of type hidden. People read it on the page, so it takes
 * no focus and is not read out.
 */
export function loginHint(email: string): Html {
  return html`<input type="text" autocomplete="username" value="${email}" class="for-ears" readonly tabindex="-1" aria-hidden="true">`;
}

export function field(props: FieldProps): Html {
  const { name, label, type, hint, problem } = props;
  // A label of its own stands above: an address is checked by us, so that every browser says the same about it.
  const input = html`<input id="${name}" name="${name}" type="${type === "code" ? "text" : type}"${type === "code" ? html` inputmode="numeric" maxlength="12"` : type === "number" ? html` step="any"` : ""} autocomplete="${props.autocomplete}"${
    type === "password" ? "" : html` value="${props.value ?? ""}"`
  }${type === "text" ? html` autocapitalize="none"` : ""}${type === "password" ? "" : html` spellcheck="false"`}${described({ name, hint, problem })}${props.isOptional ? "" : html` required`}>`;
  return html`<div class="field${problem ? " wrong" : ""}">
<label for="${name}">${label}</label>
${notes({ name, hint, problem })}
${type === "password" ? passwordInput(input, props) : input}
</div>`;
}

/** The switch and the meter appear with the script that makes them work. */
function passwordInput(input: Html, { name, label, strengthUrl }: FieldProps): Html {
  return html`<div class="password">${input}<button type="button" class="show" aria-controls="${name}" data-label="${label.toLowerCase()}" aria-label="Show ${label.toLowerCase()}" hidden>Show</button></div>
${strengthUrl ? html`<p class="strength" data-for="${name}" data-url="${strengthUrl}" role="status" hidden></p>` : ""}`;
}

interface SelectProps extends Pick<FieldProps, "name" | "label" | "value" | "hint" | "problem"> {
  readonly isOptional?: boolean;
  readonly choices: readonly (readonly [value: string, label: string])[];
}

/** A choice of one. The first entry stands for none, so that nothing is chosen that nobody has chosen. */
export function select({ name, label, value, hint, problem, isOptional, choices }: SelectProps): Html {
  return html`<div class="field${problem ? " wrong" : ""}">
<label for="${name}">${label}</label>
${notes({ name, hint, problem })}
<select id="${name}" name="${name}"${described({ name, hint, problem })}${isOptional ? "" : html` required`}>
<option value="">${isOptional ? "None" : "Choose one"}</option>
${choices.map(([each, text]) => html`<option value="${each}"${each === value ? html` selected` : ""}>${text}</option>\n`)}</select>
</div>`;
}

interface CheckboxProps extends Pick<FieldProps, "name" | "label" | "hint" | "problem"> {
  readonly checked: boolean;
}

export function checkbox({ name, label, hint, problem, checked }: CheckboxProps): Html {
  return html`<div class="check${problem ? " wrong" : ""}">
<input id="${name}" name="${name}" type="checkbox" value="on"${checked ? html` checked` : ""}${described({ name, hint, problem })}>
<label for="${name}">${label}</label>
${notes({ name, hint, problem })}
</div>`;
}

type Notes = Pick<FieldProps, "name" | "problem"> & { readonly hint: string | undefined };

function notes({ name, hint, problem }: Notes): Html {
  return html`${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ""}
${problem ? html`<p class="problem" id="${name}-problem"><span class="for-ears">Error:</span> ${problem}</p>` : ""}`;
}

function described({ name, hint, problem }: Notes): Html {
  const by = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(" ");
  return html`${by ? html` aria-describedby="${by}"` : ""}${problem ? html` aria-invalid="true"` : ""}`;
}

interface SummaryProps {
  readonly message?: string | undefined;
  readonly problems: Readonly<Record<string, string>>;
  /** A way on, where there is one. */
  readonly more?: Html | undefined;
}

/** What has to be put right, with a way to each field. It takes the focus, so it is read out and seen first. */
export function errorSummary({ message, problems, more }: SummaryProps): Html | "" {
  const entries = Object.entries(problems);
  if (!message && entries.length === 0) return "";
  return html`<div class="summary" role="alert" tabindex="-1" autofocus>
<h2>${message ?? "There is a problem"}</h2>
${entries.length === 0 ? "" : html`<ul>${entries.map(([name, text]) => html`<li><a href="#${name}">${text}</a></li>`)}</ul>`}
${more ?? ""}
</div>`;
}
