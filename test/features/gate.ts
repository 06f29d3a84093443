/** A sign-in step that exists in tests only: due for one account, which types a word. */
import { z } from "zod";
import { inTransaction } from "../../src/core/services.ts";
import { findPendingSignIn, takePendingTry } from "../../src/core/sign-in/pending-sign-in.ts";
import { recordWrongProof } from "../../src/core/sign-in/proof-limit.ts";
import { resumeSignIn } from "../../src/core/sign-in/resume.ts";
import type { Feature } from "../../src/features/feature.ts";
import type { Context, FormError } from "../../src/http/context.ts";
import { tooManyAttempts } from "../../src/http/forms/form.ts";
import { requireVisitor } from "../../src/http/request/authenticate.ts";
import { requestInfo } from "../../src/http/request/build-request-info.ts";
import { completeSignIn, pendingSignIn } from "../../src/http/response/complete-sign-in.ts";
import { answerError } from "../../src/http/response/respond.ts";
import { field, postForm } from "../../src/ui/fields.ts";
import { html } from "../../src/ui/html.ts";

export const word = "open sesame";

/** `isGated` says for which accounts the step is due. */
export function gate(isGated: (userId: string) => boolean): Feature {
  return {
    name: "gate",
    signInStep: {
      name: "gate",
      path: "/gate",
      due: async (_, { user, methods }) => (isGated(user.id) && !methods.includes("totp") ? ["totp"] : []),
    },
    reauthenticate: {
      method: "totp",
      field: "word",
      isEnrolled: async (c) => isGated(requireVisitor(c).user.id),
      input: (_, { problems }) => wordField(problems["word"]),
      verify: async (_, typed) =>
        typed === word ? { ok: true } : { ok: false, refusal: { status: 401, code: "wrong-word", problems: { word: "Wrong." } } },
    },
    routes: (app) => {
      app.form("/gate", {
        access: "public",
        fields: z.object({ word: z.string().default(""), pending: z.string().optional() }),
        keep: [],
        show: async (c, { csrfToken }) => {
          if (!(await findPendingSignIn(c.get("s"), "gate", pendingSignIn(c)))) return answerError(c, 410, dead);
          return {
            title: "Gate",
            body: html`<h1>Gate</h1>${postForm({ action: "/gate", csrfToken, button: "Enter", body: wordField() })}`,
          };
        },
        submit: (c, data) => enter(c, data.word),
      });
    },
  };
}

function wordField(problem?: string) {
  return field({ name: "word", label: "Word", type: "text", autocomplete: "off", problem });
}

const dead = { code: "dead-sign-in", message: "Log in again." };

async function enter(c: Context, typed: string): Promise<Response | FormError> {
  const s = c.get("s");
  const token = pendingSignIn(c);
  const info = requestInfo(c);
  const tried = await takePendingTry(s, info, { step: "gate", token });
  if (!tried.ok) return tried.reason === "too-many" ? tooManyAttempts(tried.retryAfterSeconds) : answerError(c, 410, dead);
  if (typed !== word) {
    await recordWrongProof(s, info, { userId: tried.pending.user.id, event: "login-step-failed", attempt: tried.attempt });
    return { status: 401, code: "wrong-word", problems: { word: "Wrong." } };
  }
  const replaces = c.get("visitor")?.session;
  const result = await inTransaction(s, (tx) => resumeSignIn(tx, token, { method: "totp", attempt: tried.attempt, info, replaces }));
  if (result.ok || result.reason === "due") return completeSignIn(c, result, tried.pending);
  return answerError(c, 410, dead);
}
