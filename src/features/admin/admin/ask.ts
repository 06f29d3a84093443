/** Asks before an action on an account: on a page, or with JavaScript in a dialog. */
import type { AccountRow } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { hrefWith, listQuery, userPath } from "./parts.ts";

/** Actions that are asked for once. */
export type AskedAct = "disable" | "delete" | "end-sessions" | "verify-email" | "send-reset" | "grant" | "revoke";

export interface Question {
  readonly act: AskedAct;
  readonly account: Pick<AccountRow, "id" | "username" | "email">;
  readonly role?: string;
  /** Number of active sessions. */
  readonly sessions: number;
  readonly csrfToken: string;
}

interface Words {
  readonly title: string | Html;
  readonly text: string | Html;
  readonly button: string;
}

/** What a question names, as text or as markup. */
type Named = Readonly<Record<"user" | "email" | "role", string | Html>>;

function markupOf({ account }: Question, role: Html): Named {
  return { user: html`<strong class="name">${account.username}</strong>`, email: html`<span class="name">${account.email}</span>`, role };
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
  const { title, text, button } = wordsOf(c, question, markupOf(question, html`<strong>${role}</strong>`));
  return {
    title: String(wordsOf(c, question, { user: account.username, email: account.email, role }).title),
    width: "narrow",
    body: html`<h1>${title}</h1>
<p>${text}</p>
<div class="actions">${actForm(c, question, button)}
<a class="button secondary" href="${at(userPath(c, account.id))}">${t("cancel")}</a></div>`,
  };
}

/** The same question as a dialog of the user's page, closed until a script opens it. */
export function askDialog(c: Context, question: Question): Html {
  const t = translator(c, messages);
  const id = dialogId(question);
  const { title, text, button } = wordsOf(c, question, markupOf(question, html`<strong data-typed="role">${question.role ?? ""}</strong>`));
  return html`<dialog id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p>${text}</p>
<div class="actions">${actForm(c, question, button)}
<form method="dialog" class="plain"><button type="submit" class="button secondary" autofocus>${t("cancel")}</button></form></div>
</dialog>
`;
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

function actForm(c: Context, { act, account, role = "", csrfToken }: Question, button: string): Html {
  const isDanger = act === "disable" || act === "delete";
  return html`<form method="post" action="${at(userPath(c, account.id))}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="id" value="${account.id}"><input type="hidden" name="role" value="${role}" data-typed="role">
<button type="submit" name="act" value="${act}" class="${isDanger ? "wide-button dangerous" : "button"}">${button}</button></form>`;
}
