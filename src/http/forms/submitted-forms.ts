/** Deduplicates double-submitted forms by their token. */
import { createHash } from "node:crypto";
import { inTransaction, type Services, type Transaction } from "../../core/services.ts";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import { upsertIf } from "../../db/statements.ts";

/** A double submit on a slow line arrives within this time. A later one counts as a new request. */
const keptForMs = 30_000;

/** Thrown within a transaction that repeats a submitted form, to roll it back. */
export class FormRepeatedError extends Error {
  override name = "FormRepeatedError";
}

/** A submitted form and its request. */
export interface SubmittedForm {
  /** Hash of the page's form token: the last submission of each page is remembered. */
  readonly id: string;
  /** Hash of the path and all fields, including the token. */
  readonly content: string;
  /** The token encrypts the stored answer and is not stored itself. */
  readonly token: string;
  readonly request: string;
}

/** Identifies a submission. Offline guessing: the token is random, so a stored hash reveals neither the id nor a password. */
export function identifyForm(path: string, token: string, fields: Readonly<Record<string, unknown>>, request: string): SubmittedForm {
  return { id: digest(token), content: digest(JSON.stringify([path, token, Object.entries(fields)])), token, request };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** Content hash and request id; the content hash has a fixed length. */
function claimOf({ content, request }: SubmittedForm): string {
  return `${content} ${request}`;
}

const contentLength = digest("").length;

/**
 * Claims the form in the transaction of its effect: of two concurrent requests, the first to commit wins. A different submission of the
 * same page replaces it, because the stored answer may be outdated.
 */
export async function claimForm(tx: Transaction, form: SubmittedForm): Promise<void> {
  const { id, content } = form;
  const { rows } = await claimQuery(tx.db, { id, content, request: claimOf(form), expiresAt: tx.now() + keptForMs, now: tx.now() });
  if (rows.length === 0) throw new FormRepeatedError("This form was sent before.");
}

type Claim = Readonly<Record<"id" | "content" | "request", string> & Record<"expiresAt" | "now", number>>;

const claimQuery = prepared((db, value: Placeholders<Claim>) =>
  upsertIf(db, "submitted_forms", {
    values: { id: value("id"), request: value("request"), answer: null, expires_at: value("expiresAt") },
    set: () => ({ request: value("request"), answer: null, expires_at: value("expiresAt") }),
    where: ({ eb, existing }) =>
      eb.or([
        // A request may run several transactions.
        eb(existing("request"), "=", value("request")),
        eb(eb.fn<string>("substr", [existing("request"), eb.val(1), eb.val(contentLength)]), "!=", value("content")),
        eb(existing("expires_at"), "<=", value("now")),
      ]),
    returning: ["id"],
  }),
);

/** Stores the answer, encrypted because it may contain a session token (ASVS 7.2.3). */
export async function storeAnswer(s: Services, form: SubmittedForm, answer: object): Promise<void> {
  const sealed = s.keyring.encrypt("form", JSON.stringify(answer), bindingOf(form));
  const keep = (tx: Transaction) => keepQuery(tx.db, { id: form.id, request: claimOf(form), answer: sealed });
  await inTransaction(s, keep, { durability: "relaxed" });
}

const keepQuery = prepared((db, value: Placeholders<{ id: string; request: string; answer: string }>) =>
  db
    .updateTable("submitted_forms")
    .set({ answer: value("answer") })
    .where("id", "=", value("id"))
    .where("request", "=", value("request")),
);

/** Releases the claim of this request on a form that had no effect. */
export async function releaseForm(s: Services, form: SubmittedForm): Promise<void> {
  await s.db.deleteFrom("submitted_forms").where("id", "=", form.id).where("request", "=", claimOf(form)).execute();
}

/** Deletes a stored answer. */
export async function deleteAnswer(s: Services, { id }: SubmittedForm): Promise<void> {
  await s.db.deleteFrom("submitted_forms").where("id", "=", id).execute();
}

/**
 * Resolves to the stored answer; `pending` while the first request runs; undefined if there is none, or if its page has submitted
 * something else since.
 */
export async function findAnswer(s: Services, form: SubmittedForm): Promise<{ readonly answer: unknown } | "pending" | undefined> {
  const [row] = (await findQuery(s.db, { id: form.id })).rows;
  if (!row || row.request.slice(0, contentLength) !== form.content) return undefined;
  const text = row.answer === null ? undefined : s.keyring.tryDecrypt("form", row.answer, bindingOf(form));
  if (row.expires_at > s.now()) {
    if (row.answer === null) return "pending";
    if (text !== undefined) return { answer: JSON.parse(text) as unknown };
  }
  // Expired, or encrypted with a replaced key.
  await deleteAnswer(s, form);
  return undefined;
}

const findQuery = prepared((db, value: Placeholders<{ id: string }>) =>
  db.selectFrom("submitted_forms").select(["request", "answer", "expires_at"]).where("id", "=", value("id")),
);

/** Stolen database: the token is not stored, so neither the database nor `SECRET_KEY` decrypts the answer. */
function bindingOf({ id, token }: SubmittedForm) {
  return { to: ["submitted_forms.answer", id], secret: token };
}
