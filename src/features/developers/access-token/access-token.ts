/** Issues access tokens for other services, and publishes the keys that verify them. */

import { z } from "zod";
import { issueAccessToken } from "../../../core/sessions/access-tokens.ts";
import { keysMaxAgeSeconds, publishedKeys, removeRetiredKeys } from "../../../core/sessions/signing-keys.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, answerPublicJson } from "../../../http/response/respond.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./access-token.messages.ts";

const fields = z.object({ audience: z.string().default("") });

export const accessToken: Feature = {
  name: "access-token",
  messages: [messages],
  translations: [{ de: () => import("./access-token.messages.de.ts"), ar: () => import("./access-token.messages.ar.ts") }],
  jobs: [{ name: "retired-keys", removeExpired: removeRetiredKeys }],
  openapi: {
    "/.well-known/jwks.json": {
      get: {
        summary: "List the public keys that verify access tokens (RFC 7517)",
        response: schema.object({ keys: { type: "array", items: { type: "object" } } }),
      },
    },
    "/token": {
      post: {
        summary: "Issue an access token for another service, valid for five minutes",
        response: schema.object({ access_token: schema.text, token_type: schema.text, expires_in: { type: "integer" } }),
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
      show: (c, form) => tokenPage(c, form, audiences),
      submit: (c, { audience }) => answerToken(c, audience),
    });
    app.endpoint("/.well-known/jwks.json", {
      method: "GET",
      auth: "none",
      cors: "any",
      answer: async (c) => {
        const set = await publishedKeys(s);
        // The first token creates the first key: caches must not keep the empty list.
        return set.keys.length === 0 ? answerJson(c, set) : answerPublicJson(c, set, keysMaxAgeSeconds);
      },
    });
  },
};

/** Response members as in OAuth (RFC 6749, 5.1). */
async function answerToken(c: Context, audience: string): Promise<Response | FormError> {
  const s = c.get("s");
  // Token reuse at another service: only listed audiences are issued (RFC 8725, 3.9).
  if (!s.settings.tokenAudiences.includes(audience)) {
    return { status: 422, code: "invalid", problems: { audience: translator(c, messages)("unknownService") } };
  }
  const { token, expiresInSeconds } = await issueAccessToken(s, requireVisitor(c), audience);
  return answerJson(c, { access_token: token, token_type: "Bearer", expires_in: expiresInSeconds });
}

function tokenPage(c: Context, form: FormState, audiences: readonly string[]): Page {
  const t = translator(c, messages);
  const { values, problems, message, csrfToken } = form;
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
${postForm({
  action: "/token",
  csrfToken,
  button: t("button"),
  body: html`${field({ name: "audience", label: t("serviceLabel"), type: "text", autocomplete: "off", value: values["audience"], problem: problems["audience"], hint: t("serviceHint", { services: audiences.join(", ") }) })}`,
})}`,
  };
}
