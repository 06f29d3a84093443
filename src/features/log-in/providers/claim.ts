/** Lets the owner of an email choose: the unverified account that uses it, or a new one. */
import { advanceProof, endProof, findProof } from "../../../core/identities/proofs.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { redirect } from "../../../http/response/respond.ts";
import { panel, row } from "../../../ui/components.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { type Decision, decide } from "./decide.ts";
import { signInOptions } from "./finish.ts";
import { formTargets } from "./form-targets.ts";
import { leave, leaveForm } from "./leave.ts";
import { logInToLinkPath } from "./link.ts";
import { canSignUp, findProvider, providerName } from "./offered.ts";
import { pathOfStage } from "./path-of-stage.ts";
import { currentProof, proofSecret } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";
import { noProof, otherProof, proofField } from "./shown-proof.ts";
import { strong } from "./sign-up.pages.ts";
import { answerNext, expired } from "./sign-up.ts";

const path = pathOfStage.claim;

export async function showClaim(c: Context, form: FormState): Promise<Page | Response> {
  const proof = await currentProof(c);
  if (!proof) return expired(c, form);
  if (proof.stage !== "claim") return redirect(c, pathOfStage[proof.stage]);
  const s = c.get("s");
  const t = translator(c, messages);
  const { email, login } = proof;
  const provider = providerName(s, login.provider);
  const configured = findProvider(s, login.provider);
  const isOpen = configured !== undefined && canSignUp(s, configured);
  const logIn = html`<a class="button small" href="${at(logInToLinkPath)}">${t("logInToLink")}</a>`;
  const create = html`<form method="post" action="${at(path)}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}">${proofField(proof)}
<button type="submit" class="button small secondary">${t("claimButton")}</button>
</form>`;
  return {
    title: t("claimTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    formTargets: formTargets(s),
    json: { due: "claim", email, proof: proof.id, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("claimTitle")}</h1>
<p>${t("claimIntro", { email: strong(email), provider })}</p>
${panel({ body: [row({ value: t("claimOwn", { provider }), action: logIn }), isOpen ? row({ value: t("claimNew"), action: create }) : ""] })}
${leaveForm(c, form, path, proof)}`,
  };
}

interface ClaimData {
  /** The proof that the page has shown. */
  readonly proof?: string | undefined;
  /** Ends the login that waits. */
  readonly leave?: string | undefined;
}

/** Takes the email for a new account. Whoever typed it first keeps that account, and is told inside it. */
export async function submitClaim(c: Context, { proof: shown, leave: leaves }: ClaimData): Promise<Response | FormError> {
  const s = c.get("s");
  const proof = await currentProof(c);
  const provider = proof && findProvider(s, proof.login.provider);
  if (proof?.stage !== "claim" || !provider) return noProof;
  const other = otherProof(proof, shown);
  if (other) return other;
  if (leaves !== undefined) return leave(c, proof);
  const { login } = proof;
  const work = async (tx: Transaction): Promise<Decision | undefined> => {
    const still = await findProof(tx, proofSecret(c) ?? "");
    if (still?.id !== proof.id) return undefined;
    const deciding = { provider, login, options: signInOptions(c, login), email: proof.email, takesEmailOf: proof.userId };
    const decision = await decide(tx, deciding);
    if (decision.kind === "pending") await advanceProof(tx, proof, decision);
    else if (decision.kind !== "refused") await endProof(tx, proof.id);
    return decision;
  };
  const decision = await inTransaction(s, work).catch((error: unknown) => {
    if (!(error instanceof UsernameReleasedError)) throw error;
    return undefined;
  });
  return decision ? answerNext(c, proof, decision) : noProof;
}
