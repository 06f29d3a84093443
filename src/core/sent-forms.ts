/** Remembers for ten minutes what a form that changed something was answered, so that sending it twice changes nothing more. */
import { createHash, createSecretKey } from "node:crypto";
import { inForgettableTransaction, type Services } from "./services.ts";
import { decryptWith, encryptWith } from "./signing.ts";

const keptForMs = 10 * 60_000;

/** Thrown within a transaction when another request has already done what this form asks for: all of it is rolled back. */
export class FormRepeatedError extends Error {
  override name = "FormRepeatedError";
}

/** One form as it was shown and filled in once, and the request that brings it. */
export interface SentForm {
  /** A hash of the form's token and of all that was sent with it. */
  readonly id: string;
  /** The token, which the database never sees: the answer can be read by nobody else. */
  readonly token: string;
  readonly request: string;
}

/** The form's id: the token is random for each page, so no id can be guessed and no password found by trying. */
export function sentForm(path: string, token: string, fields: Readonly<Record<string, unknown>>, request: string): SentForm {
  const id = createHash("sha256")
    .update(JSON.stringify([path, token, Object.entries(fields)]))
    .digest("base64url");
  return { id, token, request };
}

/** Takes the form for this request, in the transaction of what it does. Of two requests at once, the other one's commit decides. */
export async function claimForm(tx: Services, { id, request }: SentForm): Promise<void> {
  const claimed = await tx.db
    .insertInto("sent_forms")
    .values({ id, request, answer: null, expires_at: tx.now() + keptForMs })
    // One request may have several transactions.
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ request }).where("sent_forms.request", "=", request))
    .returning("id")
    .executeTakeFirst();
  if (!claimed) throw new FormRepeatedError("This form was sent before.");
}

/** Keeps the answer, encrypted: it may hold a session's token (ASVS 7.2.3). */
export async function keepAnswer(s: Services, form: SentForm, answer: object): Promise<void> {
  const sealed = encryptWith(keyOf(s, form), JSON.stringify(answer));
  await inForgettableTransaction(s, (tx) =>
    tx.db.updateTable("sent_forms").set({ answer: sealed }).where("id", "=", form.id).where("request", "=", form.request).execute(),
  );
}

/** Lets go of a form that came to nothing, where this request has taken it. */
export async function releaseForm(s: Services, { id, request }: SentForm): Promise<void> {
  await s.db.deleteFrom("sent_forms").where("id", "=", id).where("request", "=", request).execute();
}

/** Forgets an answer that is worth nothing any more, whoever got it. */
export async function forgetAnswer(s: Services, { id }: SentForm): Promise<void> {
  await s.db.deleteFrom("sent_forms").where("id", "=", id).execute();
}

/** `pending`: whoever sent it first is not done yet. Undefined where nobody has. */
export async function findAnswer(s: Services, form: SentForm): Promise<{ readonly answer: unknown } | "pending" | undefined> {
  const row = await s.db.selectFrom("sent_forms").select(["answer", "expires_at"]).where("id", "=", form.id).executeTakeFirst();
  if (!row) return undefined;
  const text = row.answer === null ? undefined : decryptWith(keyOf(s, form), row.answer);
  if (row.expires_at > s.now()) {
    if (row.answer === null) return "pending";
    if (text !== undefined) return { answer: JSON.parse(text) as unknown };
  }
  // Over, or sealed with a secret key that was replaced since.
  await forgetAnswer(s, form);
  return undefined;
}

function keyOf({ signer }: Services, { id, token }: SentForm) {
  return createSecretKey(signer.sign("form", `${id} ${token}`));
}
