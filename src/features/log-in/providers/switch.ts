/** Asks before a login with a provider replaces the session of another account. */
import { createProof, endProof, type Proof } from "../../../core/identities/proofs.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import { findUserById } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { type Decision, decide } from "./decide.ts";
import { signInOptions } from "./finish.ts";
import { formTargets } from "./form-targets.ts";
import { findProvider, providerName } from "./offered.ts";
import { pathOfStage } from "./path-of-stage.ts";
import { currentProof, forgetProof, proofSecret } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";
import { noProof, otherProof, proofField, unvouched } from "./shown-proof.ts";
import { strong } from "./sign-up.pages.ts";
import { answerNext, expired } from "./sign-up.ts";

const path = pathOfStage.switch;

export async function showSwitch(c: Context, form: FormState): Promise<Page | Response> {
  const proof = await currentProof(c);
  if (!proof || (proof.stage === "switch" && !isAskedOf(c, proof))) return expired(c, form);
  if (proof.stage !== "switch") return redirect(c, pathOfStage[proof.stage]);
  const t = translator(c, messages);
  const { login } = proof;
  const provider = providerName(c.get("s"), login.provider);
  const email = strong(login.email ?? t("unnamed"));
  return {
    title: t("switchTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    formTargets: formTargets(c.get("s")),
    json: {
      due: "switch",
      provider: login.provider,
      email: login.email ?? null,
      isEmailVouched: login.isEmailVouched,
      proof: proof.id,
      csrfToken: form.csrfToken,
    },
    body: html`${errorSummary(form)}
<h1>${t("switchTitle")}</h1>
<p>${t("switchIntro", { username: strong(requireVisitor(c).user.username), provider, email })}</p>
${unvouched(c, login)}${postForm({ action: path, csrfToken: form.csrfToken, button: t("switchButton"), body: proofField(proof) })}
<form method="post" action="${at(path)}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}"><input type="hidden" name="stay" value="1">${proofField(proof)}
<p class="after"><button type="submit" class="as-link">${t("stay")}</button></p>
</form>`,
  };
}

interface SwitchData {
  /** The proof that the page has shown. */
  readonly proof?: string | undefined;
  /** Ends the proof, and keeps the session. */
  readonly stay?: string | undefined;
}

export async function submitSwitch(c: Context, { proof: shown, stay }: SwitchData): Promise<Response | FormError> {
  const s = c.get("s");
  const proof = await currentProof(c);
  const provider = proof && findProvider(s, proof.login.provider);
  if (proof?.stage !== "switch" || !provider || !isAskedOf(c, proof)) return noProof;
  const other = otherProof(proof, shown);
  if (other) return other;
  if (stay !== undefined) return stayLoggedIn(c, proof);
  const { login } = proof;
  const work = async (tx: Transaction): Promise<Decision | undefined> => {
    // Race: of two concurrent requests, one logs in.
    if (!(await endProof(tx, proof.id)) || (await hasChanged(tx, proof))) return undefined;
    const decision = await decide(tx, { provider, login, options: signInOptions(c, login) });
    if (decision.kind === "pending") await createProof(tx, { ...decision, secret: proofSecret(c) ?? "", login });
    return decision;
  };
  const decision = await inTransaction(s, work).catch((error: unknown) => {
    if (!(error instanceof UsernameReleasedError)) throw error;
    return undefined;
  });
  return decision ? answerNext(c, proof, decision) : noProof;
}

/** Shared computer: the page has asked one user, and no one else may answer. */
function isAskedOf(c: Context, { visitorId }: Proof): boolean {
  return visitorId !== undefined && c.get("visitor")?.user.id === visitorId;
}

async function stayLoggedIn(c: Context, { id }: Proof): Promise<Response> {
  await inTransaction(c.get("s"), (tx) => endProof(tx, id));
  forgetProof(c);
  return wantsJson(c) ? answerJson(c, { stayed: true }) : redirectTo(c, c.get("s").settings.homeUrl);
}

/** Whether a credential of the account that it opens was changed while the page asked (ASVS 15.4.2). */
async function hasChanged(tx: Transaction, { userId, version }: Proof): Promise<boolean> {
  return userId !== null && (await findUserById(tx, userId))?.security_version !== version;
}

/** For a login that another site has started in a browser that is logged in. */
export function foreignStartPage(c: Context, { id, name: provider }: Provider): Page {
  const t = translator(c, messages);
  const { username } = requireVisitor(c).user;
  const url = new URL(c.req.url);
  // The page does not show that the session would stay.
  if (url.searchParams.has("remember")) url.searchParams.delete("remember");
  return {
    title: t("askTitle", { provider }),
    width: "narrow",
    json: { due: "confirm" },
    body: html`<h1>${t("askTitle", { provider })}</h1>
<p>${t("askIntro", { username: strong(username), provider })}</p>
<p class="actions"><a class="button" href="${at(`/oauth/start/${id}${url.search}`)}" rel="nofollow">${t("continue")}</a></p>
<p class="after"><a href="${c.get("s").settings.homeUrl}">${t("stay")}</a></p>`,
  };
}
