/** Signing up where the address must be confirmed first: the answer is the same whether the address has an account or not. */
import { recordEvent } from "../../core/audit.ts";
import { inTransaction, type Services } from "../../core/services.ts";
import { freeUnconfirmed } from "../../core/unconfirmed.ts";
import { createUser, findUserByEmail, findUserByName, type NewUser, type UserRow } from "../../core/users.ts";
import { requestOrigin } from "../../http/client-address.ts";
import { type Asking, postConfirmation, startAsking } from "../../http/confirm-address.ts";
import type { Context } from "../../http/context.ts";
import type { Refusal } from "../../http/form.ts";
import { mayFillMailbox } from "../../http/letter-limits.ts";
import { postWords } from "../../http/letters.ts";
import { answerJson, go, wantsJson } from "../../http/reply.ts";
import { usernameTaken } from "../../http/username-words.ts";

/** A letter goes out in any case: to confirm a new address, or to tell the owner of a known one. Names are public, so a taken one is told. */
export async function signUpUnseen(c: Context, newUser: NewUser): Promise<Response | Refusal> {
  const mayWrite = await mayFillMailbox(c, newUser.email);
  const asking = startAsking(c, newUser.email);
  const isNameFree = await inTransaction(c.var.s, (tx) => (mayWrite ? signUpOrTell(c, tx, { newUser, asking }) : isFree(tx, newUser)));
  if (!isNameFree) return { status: 409, code: "taken", problems: { username: usernameTaken } };
  return wantsJson(c) ? answerJson(c, { status: "check-mail" }, 202) : go(c, "/verify-email");
}

async function signUpOrTell(c: Context, tx: Services, { newUser, asking }: { newUser: NewUser; asking: Asking }): Promise<boolean> {
  // Whoever proves that the mailbox is theirs wins over those who only typed its address, so the newest may try (CVE-2026-53516).
  await freeUnconfirmed(tx, newUser);
  const known = await findUserByEmail(tx, newUser.email);
  if (known) {
    if (!(await isFree(tx, newUser))) return false;
    await tellOwner(tx, known);
    return true;
  }
  const made = await createUser(tx, newUser);
  if (!made.ok) return false;
  await recordEvent(tx, made.user.id, "signed-up", requestOrigin(c));
  await postConfirmation(tx, made.user, asking);
  return true;
}

/** Whether nobody has the name: the same question for every address. */
async function isFree(tx: Services, { username }: NewUser): Promise<boolean> {
  return !(await findUserByName(tx, username));
}

async function tellOwner(tx: Services, owner: UserRow): Promise<void> {
  const { siteName, baseUrl } = tx.settings;
  await postWords(tx, owner, {
    subject: `You already have an account at ${siteName}`,
    paragraphs: [
      `Somebody, perhaps you, tried to sign up at ${siteName} with this address. It has an account already, so no second one was made, and nothing was changed.`,
      `To log in, open ${baseUrl}/login. If you do not know your password any more, choose a new one at ${baseUrl}/reset-password.`,
      "If it was not you, you need not do anything.",
    ],
  });
}
