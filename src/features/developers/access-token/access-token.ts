/** Access tokens: a short-lived proof for another service of who is logged in here, and the keys to verify it by. */

import { z } from "zod";
import { issueAccessToken } from "../../../core/sessions/access-tokens.ts";
import { keysCachedForSeconds, publishedKeys } from "../../../core/sessions/signing-keys.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { answerJson, answerPublicJson } from "../../../http/response/respond.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";

const unknownAudience = "There is no service of this name. Enter one from the list.";

const fields = z.object({ audience: z.string().default("") });

export const token: Feature = {
  name: "access-token",
  openapi: {
    "/.well-known/jwks.json": {
      get: {
        summary: "The public keys of access tokens (RFC 7517)",
        gives: schema.object({ keys: { type: "array", items: { type: "object" } } }),
      },
    },
    "/token": {
      post: {
        summary: "An access token of five minutes for another service",
        gives: schema.object({ access_token: schema.text, token_type: schema.text, expires_in: { type: "integer" } }),
        example: { audience: "https://api.example.com" },
      },
    },
  },
  routes: (app, s) => {
    const audiences = s.settings.tokenAudiences;
    if (audiences.length === 0) return;
    app.form("/token", {
      fields,
      keep: ["audience"],
      show: (_, form) => tokenPage(form, audiences),
      submit: (c, { audience }) => answerToken(c, audience),
    });
    app.endpoint("/.well-known/jwks.json", {
      method: "GET",
      auth: "none",
      cors: "any",
      answer: async (c) => {
        const set = await publishedKeys(s);
        // The first key is made with the first token: nobody is to remember that there was none.
        return set.keys.length === 0 ? answerJson(c, set) : answerPublicJson(c, set, keysCachedForSeconds);
      },
    });
  },
};

/** In OAuth's words (RFC 6749, 5.1), which programs know. */
async function answerToken(c: Context, audience: string): Promise<Response | FormError> {
  const s = c.get("s");
  // A token for one service must open no other, so nobody makes up whom it is for (RFC 8725, 3.9).
  if (!s.settings.tokenAudiences.includes(audience)) return { status: 422, code: "invalid", problems: { audience: unknownAudience } };
  const { token, expiresInSeconds } = await issueAccessToken(s, requireVisitor(c), audience);
  return answerJson(c, { access_token: token, token_type: "Bearer", expires_in: expiresInSeconds });
}

function tokenPage(form: FormState, audiences: readonly string[]): Page {
  const { values, problems, message, csrfToken } = form;
  return {
    title: "Access token",
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>Access token</h1>
<p>For programs: a token that tells another service, for five minutes, who you are. Give it to nobody who asks you for it.</p>
${postForm({
  action: "/token",
  csrfToken,
  button: "Get a token",
  body: html`${field({ name: "audience", label: "Service", type: "text", autocomplete: "off", value: values["audience"], problem: problems["audience"], hint: `One of: ${audiences.join(", ")}` })}`,
})}`,
  };
}
