/** Renames and removes passkeys in the settings. */

import { recordEvent } from "../../../core/audit/log.ts";
import { guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { announceRemoved } from "../../../core/passkeys/notices.ts";
import {
  listPasskeys,
  maxNameLength,
  type Passkey,
  removalRefusal,
  removePasskey,
  renamePasskey,
} from "../../../core/passkeys/passkeys.ts";
import { inTransaction } from "../../../core/services.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { removalHint } from "../../../http/forms/removal-hint.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { hasInvisible, trimTyped } from "../../../platform/typed-text.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./passkeys.messages.ts";
import { path, reserveChange } from "./settings.ts";

/** Insecure direct object reference: only the user's own passkeys are searched (ASVS 8.2.2). */
async function ownPasskey(c: Context, id: string): Promise<Passkey | undefined> {
  return (await listPasskeys(c.get("s"), requireVisitor(c).user.id)).find((each) => each.id === id);
}

const unknown = { code: "not-found", message: message(messages, "unknown") };

export async function renamePage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  const found = await ownPasskey(c, form.values["id"] ?? c.req.query("id") ?? "");
  if (!found) return answerError(c, 404, unknown);
  const name = field({
    name: "name",
    label: t("rename.name"),
    type: "text",
    autocomplete: "off",
    hint: t("rename.hint"),
    value: form.values["name"] ?? found.name,
    problem: form.problems["name"],
  });
  return {
    title: t("rename.title"),
    width: "account",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("rename.title")}</h1>
${postForm({
  action: `${path}/rename`,
  csrfToken: form.csrfToken,
  button: t("rename.submit"),
  body: html`<input type="hidden" name="id" value="${found.id}">
${name}`,
})}`,
  };
}

export async function rename(c: Context, { id, name: typed }: { id: string; name: string }): Promise<Response | FormError> {
  const { user } = requireVisitor(c);
  const name = trimTyped(typed).normalize("NFC");
  const problem = nameProblem(name);
  if (problem) return { status: 422, code: "invalid", problems: { name: problem } };
  const isRenamed = await inTransaction(c.get("s"), async (tx) => {
    const found = await renamePasskey(tx, user.id, id, name);
    if (found) await recordEvent(tx, user.id, "passkey-renamed", requestInfo(c));
    return found;
  });
  if (!isRenamed) return answerError(c, 404, unknown);
  if (wantsJson(c)) return answerJson(c, { renamed: true });
  flash(c, "success", message(messages, "wasRenamed"));
  return redirect(c, path);
}

function nameProblem(name: string) {
  if (name === "") return message(messages, "rename.enter");
  if ([...name].length > maxNameLength) return message(messages, "rename.tooLong", { max: maxNameLength });
  // Spam through names: a line end would begin a paragraph of its own in the emails about this passkey.
  return hasInvisible(name) || /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name) ? message(messages, "rename.invisible") : undefined;
}

export async function removePage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  const found = await ownPasskey(c, form.values["id"] ?? c.req.query("id") ?? "");
  if (!found) return answerError(c, 404, unknown);
  const { user } = requireVisitor(c);
  const refusal = await removalRefusal(c.get("s"), { id: user.id, hasTwoFactor: user.twoFactorSince !== null }, found.id);
  const page = { title: t("remove.title"), width: "account", hasErrors: form.message !== undefined } as const;
  if (refusal !== undefined)
    return {
      ...page,
      body: html`${errorSummary(form)}
<h1>${t("remove.title")}</h1>
${form.code === refusal ? "" : html`<p>${say(c, refused(c, refusal).message)}</p>`}
<p class="after"><a href="${at(path)}">${t("keep")}</a></p>`,
    };
  return {
    ...page,
    body: html`${errorSummary(form)}
<h1>${t("remove.title")}</h1>
${postForm({
  action: `${path}/remove`,
  csrfToken: form.csrfToken,
  button: t("remove.submit"),
  isDangerous: true,
  body: html`<input type="hidden" name="id" value="${found.id}">
<p>${t("remove.intro", { name: html`<strong class="name">${found.name}</strong>` })}</p>
${await removalHint(c, [found.id])}`,
})}
<p class="after"><a href="${at(path)}">${t("keep")}</a></p>`,
  };
}

export async function remove(c: Context, id: string): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const found = await ownPasskey(c, id);
  if (!found) return answerError(c, 404, unknown);
  const attempt = await reserveChange(c, user);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const info = requestInfo(c);
  const result = await inTransaction(s, async (tx) => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return allowed;
    const removed = await removePasskey(tx, allowed.account, id, read.requester.session);
    if (removed?.ok) await announceRemoved(tx, allowed.account, info, found.name);
    return removed;
  });
  if (!result) return answerError(c, 404, unknown);
  if (!result.ok) {
    const { reason } = result;
    return reason === "last-way-in" || reason === "last-factor" ? refused(c, reason) : credentialRefusal(reason);
  }
  if (wantsJson(c)) return answerJson(c, { removed: true, keptUntil: result.keptUntil });
  flash(c, "success", message(messages, "wasRemoved"));
  return redirect(c, path);
}

function refused(c: Context, reason: "last-way-in" | "last-factor") {
  const { passwords } = c.get("s").settings;
  return reason === "last-way-in"
    ? ({ status: 409, code: "last-way-in", message: message(messages, "remove.lastWayIn", { passwords }) } as const)
    : ({ status: 409, code: "last-factor", message: message(messages, "remove.lastFactor") } as const);
}
