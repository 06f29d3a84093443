/** Asks before an action on an account: on a page, or with JavaScript in a dialog. */
import type { AccountRow } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { shownEmail } from "../../../http/response/account-rows.ts";
import { checkbox, errorSummary, field } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { hrefWith, listQuery, userPath } from "./parts.ts";

/** Actions that are asked for once. */
export type AskedAct = "disable" | "delete" | "end-sessions" | "verify-email" | "send-reset" | "reset-two-factor" | "grant" | "revoke";

export interface Question {
  readonly act: AskedAct;
  readonly account: Pick<AccountRow, "id" | "username" | "email">;
  readonly role?: string;
  /** Number of active sessions. */
  readonly sessions: number;
  /** Whether it has passkeys. */
  readonly hasPasskeys?: boolean;
  /** What was typed for a reset, with its problem. */
  readonly typed?: { readonly reason: string; readonly passkeys: boolean; readonly problem: string };
  readonly csrfToken: string;
}

interface Words {
  readonly title: string | Html;
  readonly text: string | Html;
  readonly button: string;
}

/** What a question names, as text or as markup. */
type Named = Readonly<Record<"user" | "email" | "role", string | Html>>;

function markupOf(c: Context, { account }: Question, role: Html): Named {
  return { user: html`<strong class="name">${account.username}</strong>`, email: shownEmail(c, account.email), role };
}

function wordsOf(c: Context, { act, sessions }: Question, { user, email, role }: Named): Words {
  const t = translator(c, messages);
  switch (act) {
    case "disable":
      return { title: t("ask.disable.title", { user }), text: t("ask.disable.text", { user }), button: t("disable") };
    case "delete":
      return { title: t("ask.delete.title", { user }), text: t("ask.delete.text", { user, email }), button: t("delete") };
    case "end-sessions":
      return {
        title: t("ask.end-sessions.title", { user }),
        text: t("ask.end-sessions.text", { sessions, user }),
        button: t("endSessions"),
      };
    case "verify-email":
      return { title: t("ask.verify-email.title", { email }), text: t("ask.verify-email.text", { user }), button: t("verify") };
    case "send-reset":
      return { title: t("ask.send-reset.title", { user }), text: t("ask.send-reset.text", { user, email }), button: t("sendReset") };
    case "reset-two-factor":
      return {
        title: t("ask.reset-two-factor.title", { user }),
        text: t("ask.reset-two-factor.text", { user }),
        button: t("resetTwoFactor"),
      };
    case "grant":
      return { title: t("ask.grant.title", { user, role }), text: t("ask.grant.text", { user, role }), button: t("addRole") };
    case "revoke":
      return { title: t("ask.revoke.title", { user, role }), text: t("ask.revoke.text", { user, role }), button: t("removeRole") };
  }
}

/** The page without JavaScript. Opening it does nothing: only its form acts. */
export function askPage(c: Context, question: Question): Page {
  const t = translator(c, messages);
  const { account, role = "" } = question;
  const { title, text, button } = wordsOf(c, question, markupOf(c, question, html`<strong>${role}</strong>`));
  return {
    title: String(wordsOf(c, question, { user: account.username, email: account.email, role }).title),
    width: "narrow",
    hasErrors: question.typed !== undefined,
    body: html`${question.typed ? errorSummary({ problems: { reason: question.typed.problem } }) : ""}
<h1>${title}</h1>
<p>${text}</p>
${answers(c, question, { button, cancel: html`<a class="button secondary" href="${at(userPath(c, account.id))}">${t("cancel")}</a>` })}`,
  };
}

/** The same question as a dialog of the user's page, closed until a script opens it. */
export function askDialog(c: Context, question: Question): Html {
  const t = translator(c, messages);
  const id = dialogId(question);
  const { title, text, button } = wordsOf(
    c,
    question,
    markupOf(c, question, html`<strong data-typed="role">${question.role ?? ""}</strong>`),
  );
  return html`<dialog id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p>${text}</p>
${answers(c, question, { button, cancel: cancelButton(t("cancel"), question.act === "reset-two-factor") })}
</dialog>
`;
}

/** Closes the dialog and sends nothing; inside of a form, it may not be a form of its own. */
function cancelButton(text: string, isInForm: boolean): Html {
  if (isInForm) return html`<button type="submit" formmethod="dialog" formnovalidate class="button secondary" autofocus>${text}</button>`;
  return html`<form method="dialog" class="plain"><button type="submit" class="button secondary" autofocus>${text}</button></form>`;
}

/** A link to the question, at the end of a row. */
export function askLink(c: Context, question: Question, text: string, isDanger = false): Html {
  const { act, account, role = "" } = question;
  const query = { id: account.id, act, role, list: listQuery(c) };
  return html`<a class="button small ${isDanger ? "danger" : "secondary"}" href="${hrefWith("/admin/user/confirm", query)}" data-dialog="${dialogId(question)}">${text}</a>`;
}

export function dialogId({ act, role }: Pick<Question, "act" | "role">): string {
  return `ask-${act}${role === undefined ? "" : `-${role}`}`;
}

interface Buttons {
  readonly button: string;
  readonly cancel: Html;
}

/** The form of the action, beside the way back; with fields, both are below them. */
function answers(c: Context, question: Question, { button, cancel }: Buttons): Html {
  const { act, account, role = "", csrfToken } = question;
  const isReset = act === "reset-two-factor";
  const isDanger = act === "disable" || act === "delete" || isReset;
  const submit = html`<button type="submit" name="act" value="${act}" class="${isDanger ? "wide-button dangerous" : "button"}">${button}</button>`;
  const form = html`<form method="post" action="${at(userPath(c, account.id))}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="id" value="${account.id}"><input type="hidden" name="role" value="${role}" data-typed="role">
${isReset ? html`${resetFields(c, question)}\n<div class="actions">${submit}\n${cancel}</div>` : submit}</form>`;
  return isReset ? form : html`<div class="actions">${form}\n${cancel}</div>`;
}

function resetFields(c: Context, { account, hasPasskeys = false, typed }: Question): Html {
  const t = translator(c, messages);
  const reason = field({
    name: "reason",
    label: t("reason"),
    type: "text",
    autocomplete: "off",
    value: typed?.reason,
    hint: t("reasonHint", { user: account.username }),
    problem: typed?.problem,
  });
  return html`${reason}
${hasPasskeys ? checkbox({ name: "passkeys", label: t("alsoPasskeys"), hint: t("alsoPasskeysHint"), checked: typed?.passkeys === true }) : ""}`;
}
