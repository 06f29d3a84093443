/** Remembers for a short time what a form that changed something was answered, so that a second press changes nothing more. */
import { createHash } from "node:crypto";
import { type Placeholders, prepared } from "../../db/prepared.ts";
import { upsertIf } from "../../db/statements.ts";
import { inTransaction, type Services, type Transaction } from "../services.ts";

/** A slow line takes this long to bring the second press. Later, who sends the same again means it: what it did may have been undone since. */
const keptForMs = 30_000;

/** Thrown within a transaction when another request has already done what this form asks for: all of it is rolled back. */
export class FormRepeatedError extends Error {
  override name = "FormRepeatedError";
}

/** One form as it was shown and filled in once, and the request that brings it. */
export interface SentForm {
  /** A hash of the page's token: of each page, only what it sent last is remembered. */
  readonly id: string;
  /** A hash of the path and of all that was sent, the token among it. */
  readonly content: string;
  /** The token, which the database never sees: the answer can be read by nobody else. */
  readonly token: string;
  readonly request: string;
}

/** What the form is known by: the token is random for each page, so no id can be guessed and no password found by trying. */
export function sentForm(path: string, token: string, fields: Readonly<Record<string, unknown>>, request: string): SentForm {
  return { id: digest(token), content: digest(JSON.stringify([path, token, Object.entries(fields)])), token, request };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** What the row says of who has it: the content first, whose length is always the same. */
function claimOf({ content, request }: SentForm): string {
  return `${content} ${request}`;
}

const contentLength = digest("").length;

/**
 * Takes the form for this request, in the transaction of what it does. Of two requests at once, the other one's commit decides. Another form
 * of the same page takes its place: what the first was answered need no longer be true.
 */
export async function claimForm(tx: Transaction, form: SentForm): Promise<void> {
  const { id, content } = form;
  const { rows } = await claimQuery(tx.db, { id, content, request: claimOf(form), expiresAt: tx.now() + keptForMs, now: tx.now() });
  if (rows.length === 0) throw new FormRepeatedError("This form was sent before.");
}

type RateLimit = Readonly<Record<"id" | "content" | "request", string> & Record<"expiresAt" | "now", number>>;

const claimQuery = prepared((db, value: Placeholders<RateLimit>) =>
  upsertIf(db, "submitted_forms", {
    values: { id: value("id"), request: value("request"), answer: null, expires_at: value("expiresAt") },
    set: () => ({ request: value("request"), answer: null, expires_at: value("expiresAt") }),
    where: ({ eb, existing }) =>
      eb.or([
        // One request may have several transactions.
        eb(existing("request"), "=", value("request")),
        eb(eb.fn<string>("substr", [existing("request"), eb.val(1), eb.val(contentLength)]), "!=", value("content")),
        eb(existing("expires_at"), "<=", value("now")),
      ]),
    returning: ["id"],
  }),
);

/** Keeps the answer, encrypted: it may hold a session's token (ASVS 7.2.3). */
export async function keepAnswer(s: Services, form: SentForm, answer: object): Promise<void> {
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

/** Lets go of a form that came to nothing, where this request has taken it. */
export async function releaseForm(s: Services, form: SentForm): Promise<void> {
  await s.db.deleteFrom("submitted_forms").where("id", "=", form.id).where("request", "=", claimOf(form)).execute();
}

/** Forgets an answer that is worth nothing any more, whoever got it. */
export async function forgetAnswer(s: Services, { id }: SentForm): Promise<void> {
  await s.db.deleteFrom("submitted_forms").where("id", "=", id).execute();
}

/** `pending`: whoever sent it first is not done yet. Undefined where nobody has, or where its page has sent something else since. */
export async function findAnswer(s: Services, form: SentForm): Promise<{ readonly answer: unknown } | "pending" | undefined> {
  const [row] = (await findQuery(s.db, { id: form.id })).rows;
  if (!row || row.request.slice(0, contentLength) !== form.content) return undefined;
  const text = row.answer === null ? undefined : s.keyring.tryDecrypt("form", row.answer, bindingOf(form));
  if (row.expires_at > s.now()) {
    if (row.answer === null) return "pending";
    if (text !== undefined) return { answer: JSON.parse(text) as unknown };
  }
  // Over, or sealed with a secret key that was replaced since.
  await forgetAnswer(s, form);
  return undefined;
}

const findQuery = prepared((db, value: Placeholders<{ id: string }>) =>
  db.selectFrom("submitted_forms").select(["request", "answer", "expires_at"]).where("id", "=", value("id")),
);

/** The token is in no column: neither the database nor `SECRET_KEY` with it reveals the answer. */
function bindingOf({ id, token }: SentForm) {
  return { to: ["submitted_forms.answer", id], secret: token };
}
