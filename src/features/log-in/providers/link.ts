/** Links a proven identity to the logged-in account, on a page that names both. */
import { type CredentialRefusal, guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { linkIdentity } from "../../../core/identities/identities.ts";
import { announceLinked } from "../../../core/identities/notices.ts";
import { endProof, findProof, type Proof } from "../../../core/identities/proofs.ts";
import { isOwnersSession } from "../../../core/identities/self-linked.ts";
import { emailKey } from "../../../core/mail/email-key.ts";
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import { canSendEmail } from "../../../core/mail/outbox.ts";
import { reserve } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, type Services, type Transaction } from "../../../core/services.ts";
import { findUserById, markEmailVerified } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { hasRecentAuth, recentAuthError, recentAuthRequired } from "../../../http/forms/reauthenticate.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { emailStep } from "../../../http/request/enrolment.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { safeReturn } from "../../../http/request/return-url.ts";
import { rememberTypedLogin } from "../../../http/request/typed-login.ts";
import { shownEmail } from "../../../http/response/account-rows.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { panel, row } from "../../../ui/components.ts";
import { errorSummary, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { issueAppCode } from "./finish.ts";
import { formTargets } from "./form-targets.ts";
import { leave, leaveForm } from "./leave.ts";
import { providerName } from "./offered.ts";
import { currentProof, forgetProof, proofSecret, rememberProvider } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";
import { appUrl } from "./refuse.ts";
import { noProof, otherProof, proofField } from "./shown-proof.ts";
import { strong } from "./sign-up.pages.ts";
import { expired } from "./sign-up.ts";

const path = "/login/link";

/** The proof of this browser that can be linked. */
async function linkable(c: Context): Promise<Proof | undefined> {
  const proof = await currentProof(c);
  return proof && (proof.stage === "link" || proof.stage === "claim") ? proof : undefined;
}

export async function showLink(c: Context, form: FormState): Promise<Page | Response> {
  const proof = await linkable(c);
  if (!proof) return expired(c, form);
  const visitor = c.get("visitor");
  if (c.req.query("login") !== undefined && visitor?.user.id !== proof.userId && !wantsJson(c)) return logInFirst(c, proof);
  if (visitor === undefined) return existsPage(c, form, proof);
  if (visitor.user.id !== proof.userId) return otherAccountPage(c, form, proof);
  return recentAuthRequired(c) ?? linkPage(c, form, proof);
}

/** Before the login: says that there is an account, which the owner of the email may know. */
function existsPage(c: Context, form: FormState, proof: Proof): Page {
  const { email, login } = proof;
  const t = translator(c, messages);
  const provider = providerName(c.get("s"), login.provider);
  return {
    title: t("existsTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: { due: "link", email, proof: proof.id, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("existsTitle")}</h1>
<p>${t("existsIntro", { email: strong(email), provider })}</p>
<p class="actions"><a class="button" href="${at(logInToLinkPath)}">${t("logInToLink")}</a></p>
${leaveForm(c, form, path, proof)}`,
  };
}

/** Leads to the login page, which says why and has the email filled in. */
export const logInToLinkPath = `${path}?login=1`;

function logInFirst(c: Context, { email, login }: Proof): Response {
  rememberTypedLogin(c, { email });
  flash(c, "info", message(messages, "logInFirst", { provider: providerName(c.get("s"), login.provider) }));
  return redirect(c, `/login?${c.get("visitor") ? "switch=1&" : ""}next=${encodeURIComponent(c.get("s").settings.mountPath + path)}`);
}

function otherAccountPage(c: Context, form: FormState, proof: Proof): Page {
  const { email, login } = proof;
  const t = translator(c, messages);
  const provider = providerName(c.get("s"), login.provider);
  return {
    title: t("linkTitle", { provider }),
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: { due: "link", email, proof: proof.id, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("linkTitle", { provider })}</h1>
<p>${t("otherAccount", { email: strong(email), provider })}</p>
<p class="actions"><a class="button" href="${at(logInToLinkPath)}">${t("logInToLink")}</a></p>
${leaveForm(c, form, path, proof)}`,
  };
}

/** Forced linking: names both accounts, since an attacker may have started one of them (RFC 9700, 4.7). */
function linkPage(c: Context, form: FormState, proof: Proof): Page {
  const { login } = proof;
  const t = translator(c, messages);
  const provider = providerName(c.get("s"), login.provider);
  const { user } = requireVisitor(c);
  if (isUnverified(c.get("s"), { email: user.email, verifiedAt: user.emailVerifiedAt }, login)) return verifyFirstPage(c, form, provider);
  const theirs = [login.email, login.username ?? login.name].filter((each) => each !== undefined);
  const hints = [
    // Deception: an email that nobody vouches for must not look like one of a known person.
    ...(login.email === undefined || login.isEmailVouched ? [] : [t("unconfirmed", { provider })]),
    ...(theirs[1] === undefined ? [] : [html`<span class="name">${theirs[1]}</span>`]),
  ];
  return {
    title: t("linkTitle", { provider }),
    width: "narrow",
    hasErrors: form.message !== undefined,
    formTargets: formTargets(c.get("s")),
    json: {
      due: "confirm",
      provider: login.provider,
      email: login.email ?? null,
      isEmailVouched: login.isEmailVouched,
      proof: proof.id,
      csrfToken: form.csrfToken,
    },
    body: html`${errorSummary(form)}
<h1>${t("linkTitle", { provider })}</h1>
<p>${t("linkIntro", { provider })}</p>
${panel({
  body: [
    row({
      label: t("atProvider", { provider }),
      value: theirs[0] === undefined ? t("unnamed") : strong(theirs[0]),
      hint: hints.length === 0 ? undefined : hints.map((hint, i) => html`${i === 0 ? "" : html`<br>`}${hint}`),
    }),
    row({ label: t("account"), value: strong(user.username), hint: shownEmail(c, user.email) }),
  ],
})}
${postForm({ action: path, csrfToken: form.csrfToken, button: t("link"), body: proofField(proof) })}
<p class="after"><a href="${at("/settings/logins")}">${t("dontLink")}</a></p>`,
  };
}

/** Said before "Link accounts", which would be refused. */
function verifyFirstPage(c: Context, form: FormState, provider: string): Page {
  const t = translator(c, messages);
  return {
    title: t("linkTitle", { provider }),
    width: "narrow",
    hasErrors: form.message !== undefined,
    json: { due: "verify-email" },
    body: html`${errorSummary(form)}
<h1>${t("linkTitle", { provider })}</h1>
${form.message === undefined ? html`<p>${t("verifyFirst", { provider, email: emailState(requireVisitor(c).user.email) })}</p>` : ""}
${verifyEmailLink(c)}
<p class="after"><a href="${at("/settings/logins")}">${t("dontLink")}</a></p>`,
  };
}

/** Leads to the page that verifies or adds an email, where there is one. */
export function verifyEmailLink(c: Context): Html | "" {
  const due = emailStep(c);
  return due === undefined ? "" : html`<p class="actions"><a class="button" href="${at(due.path)}">${say(c, due.action)}</a></p>`;
}

/** Selects the sentence: an account that has lost its email has none to verify. */
export function emailState(email: string): "none" | "unverified" {
  return isLostEmail(email) ? "none" : "unverified";
}

/**
 * Account squatting: a stranger who has typed this email must not leave a way in for its owner to find later. `login` may vouch for it;
 * without one, nothing does.
 */
export function isUnverified(
  s: Services,
  { email, verifiedAt }: { readonly email: string; readonly verifiedAt: number | null },
  login?: Proof["login"],
): boolean {
  return verifiedAt === null && !(login !== undefined && vouchesFor(login, email)) && canSendEmail(s);
}

function vouchesFor({ isEmailVouched, email }: Proof["login"], ours: string): boolean {
  return isEmailVouched && email !== undefined && emailKey(email) === emailKey(ours);
}

interface LinkData {
  /** The proof that the page has shown. */
  readonly proof?: string | undefined;
  /** Ends the login that waits. */
  readonly leave?: string | undefined;
}

/** The proof is for this identity, this account and this browser; it is good once, and ends with any change of a credential (CVE-2026-82968). */
export async function submitLink(c: Context, { proof: shown, leave: leaves }: LinkData): Promise<Response | FormError> {
  const proof = await linkable(c);
  if (proof && leaves !== undefined) return otherProof(proof, shown) ?? leave(c, proof);
  const visitor = c.get("visitor");
  if (!proof || !visitor || visitor.user.id !== proof.userId) return noProof;
  const other = otherProof(proof, shown);
  if (other) return other;
  if (!hasRecentAuth(c)) return wantsJson(c) ? { status: 403, ...recentAuthError } : (recentAuthRequired(c) ?? redirect(c, path));
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  const s = c.get("s");
  const attempt = await reserve(s, [{ name: "provider-changes", of: visitor.user.id, budget: s.settings.passwordChanges }]);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const result = await inTransaction(s, async (tx): Promise<LinkResult> => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return allowed.reason;
    const isConfirmed = await isOwnersSession(tx, visitor.session);
    return link(tx, proofSecret(c) ?? "", allowed.account, { isConfirmed, info: requestInfo(c) });
  });
  return answer(c, proof, result);
}

type LinkResult = { readonly code: string | undefined } | CredentialRefusal | "expired" | "taken" | "too-many" | "verify-first";

async function link(
  tx: Transaction,
  secret: string,
  account: Parameters<typeof linkIdentity>[1],
  { isConfirmed, info }: { readonly isConfirmed: boolean; readonly info: ReturnType<typeof requestInfo> },
): Promise<LinkResult> {
  const proof = await findProof(tx, secret);
  if (proof?.userId !== account.id || proof.version !== account.security_version) return "expired";
  const { login } = proof;
  if (isUnverified(tx, { email: account.email, verifiedAt: account.email_verified_at }, login)) return "verify-first";
  // Race: of two concurrent requests, one links.
  if (!(await endProof(tx, proof.id))) return "expired";
  const linked = await linkIdentity(tx, account, { ...login, isConfirmed });
  if (!linked.ok) return linked.reason;
  if (account.email_verified_at === null && vouchesFor(login, account.email)) await markEmailVerified(tx, account.id, account.email);
  const user = (await findUserById(tx, account.id)) ?? account;
  await announceLinked(tx, user, info, login);
  return { code: login.app && (await issueAppCode(tx, user, login, { identityId: linked.id, info })) };
}

function answer(c: Context, { login }: Proof, result: LinkResult): Response | FormError {
  const s = c.get("s");
  const provider = providerName(s, login.provider);
  if (typeof result === "string") return refusalOf(result, provider, emailState(requireVisitor(c).user.email));
  forgetProof(c);
  rememberProvider(c, login.provider);
  if (login.app && result.code !== undefined) {
    const url = appUrl(login, { code: result.code });
    return wantsJson(c) ? answerJson(c, { url }) : redirectTo(c, url);
  }
  if (wantsJson(c)) return answerJson(c, { linked: true });
  flash(c, "success", message(messages, "linked", { provider }));
  return redirectTo(c, safeReturn(s.settings, login.next));
}

function refusalOf(result: Extract<LinkResult, string>, provider: string, email: "none" | "unverified"): FormError {
  if (result === "reported" || result === "changed") return credentialRefusal(result);
  if (result === "expired") return noProof;
  if (result === "taken") return { status: 409, code: "taken", message: message(messages, "refused.taken", { provider }) };
  if (result === "too-many") return { status: 409, code: "too-many-logins", message: message(messages, "refused.too-many") };
  return { status: 403, code: "email-unverified", message: message(messages, "verifyFirst", { provider, email }) };
}
