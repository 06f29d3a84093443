/** Exchanges a code for the session of a program or single-page app. */
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { reserveCodeAttempt } from "../../../core/mail/email-limits.ts";
import { redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction } from "../../../core/services.ts";
import type { Method } from "../../../core/sessions/methods.ts";
import { type SignInResult, signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserById } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { answerError } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { exchangeToken } from "./exchange-token.ts";
import { messages } from "./providers.messages.ts";

/** The payload of the code. */
export const exchangeShape = z.object({
  methods: z.array(z.string()),
  version: z.number(),
  remember: z.boolean(),
  identity: z.object({ id: z.string(), sid: z.string().optional() }),
  origin: z.string(),
  challenge: z.string(),
});

export const exchangeFields = z.object({
  code: z.string().default(""),
  verifier: z.string().describe("The text whose SHA-256 was sent as `challenge` (RFC 7636).").default(""),
});

/** Stolen code: it is good once, for a minute, for the origin that began the login and with its verifier (RFC 9700, 2.1.1). */
export async function exchange(c: Context, { code, verifier }: z.output<typeof exchangeFields>): Promise<Response> {
  const s = c.get("s");
  const info = requestInfo(c);
  const attempt = await reserveCodeAttempt(s, info);
  if (!attempt.ok) {
    const limited = {
      code: "too-many-attempts",
      message: message(messages, "refused.limited"),
      retryAfterSeconds: attempt.retryAfterSeconds,
    };
    return answerError(c, 429, limited);
  }
  const result = await inTransaction(s, async (tx): Promise<SignInResult | undefined> => {
    const row = await redeemToken(tx, exchangeToken, code);
    const stored = row?.payload == null ? undefined : exchangeShape.safeParse(JSON.parse(row.payload)).data;
    const user = row && (await findUserById(tx, row.user_id));
    if (!stored || !user || user.security_version !== stored.version) return undefined;
    const origin = c.req.header("origin");
    if (!hasVerifier(stored.challenge, verifier) || (origin !== undefined && origin !== stored.origin)) return undefined;
    const methods = stored.methods as [Method, ...Method[]];
    const { remember, identity } = stored;
    return signIn(tx, { user, methods, attempts: [attempt], identity }, { remember, info, isBearer: true });
  });
  if (!result?.ok && result?.reason !== "due")
    return answerError(c, 403, { code: "exchange-refused", message: message(messages, "exchangeRefused") });
  return completeSignIn(c, result, { isBearer: true });
}

function hasVerifier(challenge: string, verifier: string): boolean {
  const hashed = createHash("sha256").update(verifier).digest();
  const expected = Buffer.from(challenge, "base64url");
  return hashed.length === expected.length && timingSafeEqual(hashed, expected);
}
