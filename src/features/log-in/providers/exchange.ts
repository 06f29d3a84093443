/** Exchanges a code for the session of a program or single-page app. */
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { findToken, redeemToken } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { inTransaction } from "../../../core/services.ts";
import type { Method } from "../../../core/sessions/methods.ts";
import { type SignInResult, signIn } from "../../../core/sign-in/sign-in.ts";
import { findUserById } from "../../../core/users/users.ts";
import type { Context } from "../../../http/context.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { answerJson } from "../../../http/response/respond.ts";
import { exchangeToken } from "./exchange-token.ts";
import { messages } from "./providers.messages.ts";

/** The payload of the code. */
export const exchangeShape = z.object({
  methods: z.array(z.string()),
  version: z.number(),
  remember: z.boolean(),
  identity: z.object({ id: z.string(), sid: z.string().optional() }),
  authenticatedAt: z.number().optional(),
  roles: z.object({ mapped: z.array(z.string()), given: z.array(z.string()) }).optional(),
  callback: z.string(),
  challenge: z.string(),
});

export const exchangeFields = z.object({
  code: z.string().default(""),
  verifier: z.string().describe("The text whose SHA-256 was sent as `challenge` (RFC 7636).").default(""),
});

/**
 * Stolen code: it is good once, for a minute, for the origin of its callback URL and with its verifier (RFC 9700, 2.1.1). Lockout by spent
 * budgets: a code has 256 bits, so guesses are not counted, and garbage from other sites writes nothing.
 */
export async function exchange(c: Context, { code, verifier }: z.output<typeof exchangeFields>): Promise<Response> {
  const s = c.get("s");
  const info = requestInfo(c);
  if (!(await findToken(s, exchangeToken, code))) return refused(c);
  const result = await inTransaction(s, async (tx): Promise<SignInResult | undefined> => {
    const row = await redeemToken(tx, exchangeToken, code);
    const stored = row?.payload == null ? undefined : exchangeShape.safeParse(JSON.parse(row.payload)).data;
    const user = row && (await findUserById(tx, row.user_id));
    if (!stored || !user || user.security_version !== stored.version) return undefined;
    const origin = c.req.header("origin");
    if (!hasVerifier(stored.challenge, verifier) || (origin !== undefined && origin !== new URL(stored.callback).origin)) return undefined;
    const methods = stored.methods as [Method, ...Method[]];
    const { remember, identity, authenticatedAt, roles } = stored;
    return signIn(tx, { user, methods, identity, authenticatedAt, roles }, { remember, info, isBearer: true });
  });
  return result?.ok || result?.reason === "due" ? completeSignIn(c, result, { isBearer: true }) : refused(c);
}

/** JSON for forms too: apps read it. */
function refused(c: Context): Response {
  return answerJson(c, { error: { code: "exchange-refused", message: translator(c, messages)("exchangeRefused") } }, 403);
}

function hasVerifier(challenge: string, verifier: string): boolean {
  const hashed = createHash("sha256").update(verifier).digest();
  const expected = Buffer.from(challenge, "base64url");
  return hashed.length === expected.length && timingSafeEqual(hashed, expected);
}
