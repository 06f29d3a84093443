/** Taking a change of address back, by the link that the old mailbox was sent. */
import { z } from "zod";
import { redeemUndo } from "../../core/email-change.ts";
import { inTransaction, type Services } from "../../core/services.ts";
import { findToken } from "../../core/tokens.ts";
import type { UserRow } from "../../core/users.ts";
import type { Feature } from "../../feature.ts";
import { requestOrigin } from "../../http/client-address.ts";
import type { Context } from "../../http/context.ts";
import { dropCookie } from "../../http/cookies.ts";
import { flash } from "../../http/flashes.ts";
import { type FormState, type Refusal, tooManyAttempts } from "../../http/form.ts";
import { takeCodeTry } from "../../http/letter-limits.ts";
import { postNotice, postWords } from "../../http/letters.ts";
import { dropWaitingToken, letterMark, refuseOtherLetter, waitingToken } from "../../http/mailed-token.ts";
import { answerJson, answerPage, go, wantsJson } from "../../http/reply.ts";
import { loginPath } from "../../http/visitor.ts";
import { errorSummary, postForm } from "../../ui/fields.ts";
import { at, html } from "../../ui/html.ts";
import { instantInWords } from "../../ui/instant.ts";
import type { Page } from "../../ui/page.ts";

const undoneWords =
  "The change is undone, and all devices are logged out. If somebody else made it, they may know your password: choose a new one now.";
const dead = { code: "dead-link", message: "This link has been used already, or is too old." };
const taken: Refusal = {
  status: 409,
  code: "taken",
  message:
    "Another account has this address by now, so the change cannot be undone. If it was not you, use “This wasn’t me” in the same letter.",
};

const fields = z.object({ token: z.string().optional() });

export const undoEmail: Feature = {
  name: "undo-email",
  routes: (app) => {
    app.form("/undo-email", {
      fields,
      keep: [],
      show: async (c, form) => {
        const row = await findToken(c.get("s"), "undo-email", waitingToken(c, "undo-email"));
        return row ? undoPage(c, form, row.email) : answerPage(c, deadPage(), 410);
      },
      submit: async (c, { token }) => refuseOtherLetter(c, "undo-email") ?? (await undo(c, token ?? waitingToken(c, "undo-email") ?? "")),
    });
  },
};

async function undo(c: Context, token: string): Promise<Response | Refusal> {
  const s = c.get("s");
  const attempt = await takeCodeTry(c);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const undone = await inTransaction(s, async (tx) => {
    const result = await redeemUndo(tx, token, requestOrigin(c));
    if (result.ok) await tellBoth(tx, c, result);
    return result;
  });
  if (!undone.ok && undone.reason === "taken") return taken;
  dropWaitingToken(c, "undo-email");
  if (!undone.ok) return answerPage(c, deadPage(), 410);
  if (c.get("visitor")?.user.id === undone.was.id) leave(c);
  if (wantsJson(c)) return answerJson(c, { email: undone.email });
  flash(c, "warning", undoneWords);
  return go(c, loginPath(c));
}

/** This browser's session has ended with the others. */
function leave(c: Context): void {
  c.set("visitor", undefined);
  dropCookie(c, "session");
}

async function tellBoth(tx: Services, c: Context, { was, email }: { was: UserRow; email: string }): Promise<void> {
  await postNotice(tx, { ...was, email }, requestOrigin(c), {
    kind: "email-restored",
    subject: "Your e-mail address is this one again",
    paragraphs: [
      "The change of your e-mail address was undone, and all devices were logged out. You log in with this address again.",
      "If somebody else had changed it, they may know your password: choose a new one with “Forgot your password?” on the login page.",
    ],
  });
  if (was.email === email) return;
  await postWords(tx, was, {
    kind: "email-taken-back",
    subject: "This is no longer your e-mail address here",
    paragraphs: [
      `Whoever has the mailbox of the address that your account at ${tx.settings.siteName} had before took the change to this address back, on ${instantInWords(tx.now())}, from the address ${requestOrigin(c).address}. Letters go there again, and no longer here.`,
      `Is the account yours, and the earlier mailbox no longer? Write to whoever runs ${tx.settings.siteName}: only they can give it back to you.`,
    ],
  });
}

function undoPage(c: Context, form: FormState, email: string): Page {
  return {
    title: "Undo the change of address",
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: { email, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>Use your old address again?</h1>
<p>Your account goes back to <strong class="name">${email}</strong>, and every device is logged out. An account that somebody made with this address since, and never confirmed, is erased.</p>
${postForm({ action: "/undo-email", csrfToken: form.csrfToken, button: "Undo the change", body: letterMark(c, "undo-email") })}`,
  };
}

function deadPage(): Page {
  return {
    title: "This link does not work any more",
    width: "narrow",
    hasErrors: true,
    json: { error: dead },
    body: html`<h1>This link does not work any more</h1>
<p>It has been used already, or is older than 72 hours. You can still choose a new password for the address that your account has now.</p>
<p class="actions"><a class="button" href="${at("/login")}">Log in</a> <a class="button secondary" href="${at("/reset-password")}">Choose a new password</a></p>`,
  };
}
