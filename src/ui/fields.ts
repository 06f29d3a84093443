/** Renders forms: fields with labels, hints and problems, and the error summary. */
import type { Translate } from "../i18n/translator.ts";
import { messages } from "./fields.messages.ts";
import { at, type Html, html, wordAt } from "./html.ts";

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "email" | "password" | "code" | "number";
  readonly autocomplete:
    | "username"
    | "username webauthn"
    | "email"
    | "name"
    | "nickname"
    | "current-password"
    | "new-password"
    | "one-time-code"
    | "off";
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  /** Whether the field may be empty. */
  readonly isOptional?: boolean;
  /** Whether it has the focus when the page opens. */
  readonly isFocused?: boolean;
  /** Whether its form has other passwords too; the label then names its "Show" button. */
  readonly isOneOfSeveral?: boolean;
  /** URL of the strength meter, which rates a new password while it is typed. */
  readonly strengthUrl?: string;
}

interface FormProps {
  readonly action: string;
  readonly csrfToken: string;
  /** Undefined for a form that a script sends. */
  readonly button: string | undefined;
  /** Path that its button sends the form to, if not `action`. */
  readonly buttonAction?: string | undefined;
  /** Whether the action is hard to undo. */
  readonly isDangerous?: true;
  /** Whether the page has a main button elsewhere. */
  readonly isSecondary?: true;
  /** For fields outside of it. */
  readonly id?: string;
  readonly body: Html;
  /** Other buttons, after its own: Enter in a field presses the first. */
  readonly more?: readonly Html[];
}

/** A form with its CSRF token. `novalidate`: the server's messages are more precise, and accessible to screen readers. */
export function postForm({ action, csrfToken, button, buttonAction, isDangerous, isSecondary, id, body, more = [] }: FormProps): Html {
  return html`<form method="post" action="${at(action)}"${id === undefined ? "" : html` id="${id}"`} novalidate>
<input type="hidden" name="csrf_token" value="${csrfToken}">
${body}
${
  button === undefined
    ? ""
    : html`<button type="submit" class="wide-button${isDangerous ? " dangerous" : isSecondary ? " secondary" : ""}"${buttonAction === undefined ? "" : html` formaction="${at(buttonAction)}"`}>${button}</button>
`
}${more}</form>`;
}

/** Username for password managers, which ignore hidden fields. Invisible and without focus, because the page shows the account already. */
export function loginHint(name: string): Html {
  return html`<input type="text" autocomplete="username" value="${name}" class="for-ears" readonly tabindex="-1" aria-hidden="true">`;
}

export function field(props: FieldProps): Html {
  const { name, label, type, hint, problem } = props;
  const input = html`<input id="${name}" name="${name}" type="${type === "code" ? "text" : type}"${type === "code" ? html` inputmode="numeric" maxlength="12"` : type === "number" ? html` step="any"` : ""} autocomplete="${props.autocomplete}"${
    type === "password" ? "" : html` value="${props.value ?? ""}"`
  }${type === "text" ? html` autocapitalize="none"` : ""}${type === "password" ? "" : html` spellcheck="false"`}${described({ name, hint, problem })}${props.isOptional ? "" : html` required`}${props.isFocused ? html` autofocus` : ""}>`;
  return html`<div class="field${problem ? " wrong" : ""}">
<label for="${name}">${label}</label>
${notes({ name, hint, problem })}
${type === "password" ? passwordInput(input, props) : input}
</div>`;
}

/** The toggle and the strength meter stay hidden without JavaScript. */
function passwordInput(input: Html, props: FieldProps): Html {
  const { name, strengthUrl } = props;
  return html`<div class="password">${input}${toggleOf(props)}</div>
${strengthUrl ? html`<p class="strength" data-for="${name}" data-url="${strengthUrl}"${strengthTexts} role="status" hidden></p>` : ""}`;
}

function toggleOf({ name, label, isOneOfSeveral }: FieldProps): Html {
  const about = isOneOfSeveral ? html`: ${label}` : html``;
  return html`<button type="button" class="show" aria-controls="${name}"${toggleTexts} data-text-show-label="${word("showPassword")}${about}" data-text-hide-label="${word("hidePassword")}${about}" aria-label="${word("showPassword")}${about}" hidden>${word("show")}</button>`;
}

interface SelectProps extends Pick<FieldProps, "name" | "label" | "value" | "hint" | "problem"> {
  readonly isOptional?: boolean;
  readonly choices: readonly (readonly [value: string, label: string])[];
}

/** A select box. Its first option is empty, so that nothing is preselected. */
export function select({ name, label, value, hint, problem, isOptional, choices }: SelectProps): Html {
  return html`<div class="field${problem ? " wrong" : ""}">
<label for="${name}">${label}</label>
${notes({ name, hint, problem })}
<select id="${name}" name="${name}"${described({ name, hint, problem })}${isOptional ? "" : html` required`}>
<option value="">${word(isOptional ? "none" : "chooseOne")}</option>
${choices.map(([each, text]) => html`<option value="${each}"${each === value ? html` selected` : ""}>${text}</option>\n`)}</select>
</div>`;
}

interface RadiosProps extends Pick<FieldProps, "name" | "label" | "value" | "hint" | "problem"> {
  readonly choices: readonly { readonly value: string; readonly label: string; readonly lang?: string }[];
}

/** Radio buttons. The first one has the name as its ID, so that the error summary leads to it. */
export function radios({ name, label, value, hint, problem, choices }: RadiosProps): Html {
  return html`<fieldset class="field${problem ? " wrong" : ""}"${described({ name, hint, problem })}>
<legend>${label}</legend>
${notes({ name, hint, problem })}
${choices.map(
  (each, i) => html`<div class="check">
<input id="${i === 0 ? name : `${name}-${i}`}" name="${name}" type="radio" value="${each.value}"${each.value === value ? html` checked` : ""}>
<label for="${i === 0 ? name : `${name}-${i}`}"${each.lang === undefined ? "" : html` lang="${each.lang}"`}>${each.label}</label>
</div>
`,
)}</fieldset>`;
}

interface CheckboxProps extends Pick<FieldProps, "name" | "label" | "hint" | "problem"> {
  readonly checked: boolean;
  /** ID of the form that it belongs to, if it is outside of it. */
  readonly form?: string | undefined;
}

export function checkbox({ name, label, hint, problem, checked, form }: CheckboxProps): Html {
  return html`<div class="check${problem ? " wrong" : ""}">
<input id="${name}" name="${name}" type="checkbox" value="on"${form === undefined ? "" : html` form="${form}"`}${checked ? html` checked` : ""}${described({ name, hint, problem })}>
<label for="${name}">${label}</label>
${notes({ name, hint, problem })}
</div>`;
}

type Notes = Pick<FieldProps, "name" | "problem"> & { readonly hint: string | undefined };

function notes({ name, hint, problem }: Notes): Html {
  return html`${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ""}
${problem ? html`<p class="problem" id="${name}-problem"><span class="for-ears">${word("problemPrefix")}</span> ${problem}</p>` : ""}`;
}

function described({ name, hint, problem }: Notes): Html {
  const by = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(" ");
  return html`${by ? html` aria-describedby="${by}"` : ""}${problem ? html` aria-invalid="true"` : ""}`;
}

interface SummaryProps {
  readonly message?: string | undefined;
  readonly problems: Readonly<Record<string, string>>;
  /** Markup after the list, such as a link to a help page. */
  readonly more?: Html | undefined;
}

/** Lists the problems with links to their fields. Takes the focus, so that screen readers read it first. */
export function errorSummary({ message, problems, more }: SummaryProps): Html | "" {
  const entries = Object.entries(problems);
  if (!message && entries.length === 0) return "";
  return html`<div class="summary" role="alert" tabindex="-1" autofocus>
<h2>${message ?? word("summaryTitle")}</h2>
${entries.length === 0 ? "" : html`<ul>${entries.map(([name, text]) => html`<li><a href="#${name}">${text}</a></li>`)}</ul>`}
${more ?? ""}
</div>`;
}

type Word = keyof typeof messages.texts;
const words = Object.keys(messages.texts) as readonly Word[];

/** Placeholder of a message: fields are rendered before the layout inserts the texts of a language. */
function word(key: Word): Html {
  return wordAt(words.indexOf(key));
}

/** The messages of fields in one language, for `complete`. */
export function fieldWords(t: Translate<typeof messages.texts>): readonly Html[] {
  return words.map((key) => html`${t(key)}`);
}

// Rendered once: each page with a password field contains them.
const toggleTexts = html` data-text-show="${word("show")}" data-text-hide="${word("hide")}"`;
const strengthTexts = html` data-text-0="${word("strengthVeryWeak")}" data-text-1="${word("strengthWeak")}" data-text-2="${word("strengthFair")}" data-text-3="${word("strengthGood")}" data-text-4="${word("strengthVeryGood")}"`;
