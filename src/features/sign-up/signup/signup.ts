/** Signs up with username, email and password. */
import { z } from "zod";
import { type CreateUserResult, createUser, type NewUser } from "../../../core/account/create-account.ts";
import { finishSignUpToken, releaseUnprovenEmail } from "../../../core/account/unverified.ts";
import { sendVerificationEmail } from "../../../core/account/verification-email.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { emailKey } from "../../../core/mail/email-key.ts";
import { mayVerify } from "../../../core/mail/email-limits.ts";
import { canReach } from "../../../core/mail/outbox.ts";
import { perNetwork, release, reserve, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, type Services } from "../../../core/services.ts";
import { isReleasedName, UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import { toUser, usernameKey } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Sentence } from "../../../http/context.ts";
import { emailProblemMessage, unreachableEmail } from "../../../http/forms/email-problems.ts";
import { extraFields, readExtraFields } from "../../../http/forms/extra-fields.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { breachedProblem, type NewPassword, newPasswordProblems, newPasswordShape } from "../../../http/forms/new-password.ts";
import { usernameProblemMessage, usernameTaken } from "../../../http/forms/username-problems.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { loginPath, redirectIfLoggedIn } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { readLinkToken } from "../../../http/request/link-token.ts";
import { startVerification } from "../../../http/request/pending-verification.ts";
import { safeReturn, withNext } from "../../../http/request/return-url.ts";
import { rememberTypedLogin } from "../../../http/request/typed-login.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature, SignInChoices } from "../../feature.ts";
import { messages as passkeyMessages } from "./passkey-signup.messages.ts";
import {
  createFields,
  createPath,
  hasVerification,
  offersPasskeySignUp,
  optionFields,
  optionsPath,
  passkeyPath,
  passwordlessPage,
  signUpWithoutPassword,
} from "./passkey-signup.ts";
import { signUpWithVerification } from "./sign-up-with-verification.ts";
import { messages } from "./signup.messages.ts";
import { signupPage, typedBefore } from "./signup.pages.ts";

const taken = { username: usernameTaken, email: message(messages, "emailTaken") };

const trimText = z.string().default("").transform(trimTyped);

interface SignupData extends NewPassword {
  readonly username: string;
  readonly email: string;
  /** The page that asked for a login. */
  readonly next?: string | undefined;
}

export const signup: Feature = {
  name: "signup",
  pages: {
    signup: { path: "/signup", isThere: ({ settings }) => settings.signup !== "closed" },
    "signup-finish": { path: createPath, isThere: offersPasskeySignUp },
  },
  messages: [messages, passkeyMessages],
  translations: [
    { de: () => import("./signup.messages.de.ts"), ar: () => import("./signup.messages.ar.ts") },
    { de: () => import("./passkey-signup.messages.de.ts"), ar: () => import("./passkey-signup.messages.ar.ts") },
  ],
  events: eventsIn(messages),
  emails: { "signup-tried": {} },
  tokens: [finishSignUpToken],
  openapi: {
    "/signup": {
      takesExtraFields: true,
      post: {
        summary: "Create an account; returns 202 and sends an email if the email must be verified first",
        status: 201,
        response: schema.object({ user: schema.user }),
        example: {
          username: "grace",
          email: "grace@example.com",
          password: "seven small boats",
          confirm_password: "seven small boats",
        },
      },
    },
    [passkeyPath]: {
      takesExtraFields: true,
      post: {
        summary: "Start a sign-up with a passkey; the response is the same for every email",
        status: 202,
        response: schema.checkMail,
        example: { username: "grace", email: "grace@example.com" },
      },
    },
    [optionsPath]: {
      post: {
        summary: "Get the options for the passkey of a sign-up",
        response: schema.object({ publicKey: { type: "object", description: "For `parseCreationOptionsFromJSON` (WebAuthn, 5.1.8)." } }),
        example: { token: "{finish-signup}", session: "token" },
      },
    },
    [createPath]: {
      post: {
        summary: "Finish a sign-up with its passkey, and log in",
        response: schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
        example: { token: "{finish-signup}", ceremony: "{ceremony}", new_passkey: "{new-passkey}" },
      },
    },
  },
  signInOption: {
    path: (isLoggedIn) => (isLoggedIn ? "/signup?switch=1" : "/signup"),
    leadsBack: true,
    isOffered: ({ settings }) => settings.signup !== "closed",
    question: message(messages, "option.question"),
    link: message(messages, "title"),
  },
  routes: (app, s, all) => {
    if (s.settings.signup === "closed") return;
    const choices = all.flatMap(({ signInChoices }) => (signInChoices?.isOffered(s) ? signInChoices : []));
    const show = showWith(choices);
    // Lockout: an account whose email cannot be verified could never log in.
    if (s.settings.signup === "confirm" && !s.catalog.pages.has("email-verification"))
      throw new TypeError("SIGNUP must be open or closed, because no feature verifies emails.");
    const hasPasswords = s.settings.passwords === "on";
    if (!hasPasswords && !hasVerification(s))
      throw new TypeError("SIGNUP must be closed if PASSWORDS is off, because no code can be emailed to a new account.");
    // The host app's extra fields are known at run time only.
    const own = extraFields(s).map(({ name }) => name) as "username"[];
    const names = { username: trimText, email: trimText, next: z.string().optional() };
    const keep = ["username", "email", "next", ...own] as const;
    if (hasPasswords) {
      const fields = z.object({ ...names, ...newPasswordShape(s) });
      app.form("/signup", { access: "public", fields, keep, show, submit: signUp });
    }
    if (!hasPasswords || offersPasskeySignUp(s)) {
      app.form(hasPasswords ? passkeyPath : "/signup", {
        access: "public",
        fields: z.object(names),
        keep,
        show: (c, form) => show(c, form, passwordlessPage),
        submit: withoutPassword,
      });
    }
    if (!offersPasskeySignUp(s)) return;
    app.form(optionsPath, {
      access: "public",
      fields: optionFields,
      keep: [],
      show: (c, { csrfToken }) => (wantsJson(c) ? answerJson(c, { csrfToken }) : redirect(c, createPath)),
      submit: async (c) => (await finishing()).creationOptions(c),
    });
    app.form(createPath, {
      access: "public",
      fields: createFields,
      keep: ["next"],
      show: async (c, form) => (await finishing()).createPage(c, form),
      submit: async (c, data) => (await finishing()).create(c, data),
    });
  },
};

function showWith(choices: readonly SignInChoices[]) {
  return (c: Context, form: FormState, page = signupPage): Page | Response | Promise<Page> => {
    const values = c.req.query("correct") === undefined ? form.values : { ...typedBefore(c), ...form.values };
    const next = form.values["next"] ?? c.req.query("next");
    const redirected = c.req.method === "POST" ? undefined : redirectIfLoggedIn(c, next);
    if (redirected) return redirected;
    if (choices.length === 0) return page(c, form, values);
    const validated = next === undefined ? undefined : safeReturn(c.get("s").settings, next);
    const shown = choices.map(({ render }) => render(c, { place: "signup", next: validated, isAlone: false }));
    return Promise.all(shown).then((all) => page(c, form, values, html`${all}\n`));
  };
}

/** Loaded with the first sign-up that gets so far, and not at the start. */
const finishing = () => import("./finish-signup.ts");

async function withoutPassword(c: Context, { username, email, next }: Omit<SignupData, keyof NewPassword>) {
  const read = readExtraFields(c);
  const problems = { ...(await nameProblems(c.get("s"), { username, email })), ...(read.ok ? {} : read.problems) };
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems } as const;
  const newUser = { username, email, locale: requestInfo(c).locale, extra: read.ok ? read.extra : undefined };
  return signUpWithoutPassword(c, newUser, next);
}

async function signUp(c: Context, data: SignupData): Promise<Response | FormError> {
  const s = c.get("s");
  const read = readExtraFields(c);
  const problems = { ...(await problemsOf(s, data)), ...(read.ok ? {} : read.problems) };
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  // Username enumeration: only valid input is counted.
  const info = requestInfo(c);
  const attempt = await reserve(s, perNetwork(info, "signup-ip", s.settings.signupPerIp));
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const breached = await breachedProblem(c, data.password);
  if (breached) {
    await release(s, attempt);
    return breached;
  }
  const requester = { account: `signup ${emailKey(data.email)}`, network: info.network };
  const passwordHash = await withReservation(s, attempt, hashPassword(s, data.password, requester));
  if (!wantsJson(c)) rememberTypedLogin(c, data);
  const newUser: NewUser = {
    username: data.username,
    email: data.email,
    passwordHash,
    locale: info.locale,
    extra: read.ok ? read.extra : undefined,
  };
  return s.settings.signup === "confirm" ? signUpWithVerification(c, newUser, data.next) : signUpOpenly(c, newUser, data.next);
}

/** Creates the account at once; the errors name a taken username or email. */
async function signUpOpenly(c: Context, newUser: NewUser, next: string | undefined): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  const mayWrite = await mayVerify(s, info, newUser.email);
  const verification = startVerification(c, newUser);
  const result = await inTransaction(s, async (tx): Promise<CreateUserResult> => {
    // An unverified account may be left from when emails had to be verified.
    await releaseUnprovenEmail(tx, newUser.email, readLinkToken(c, finishSignUpToken));
    const made = await createUser(tx, { ...newUser, id: verification.userId });
    if (!made.ok) return made;
    // Race: checked after the insert, or a username that is being released now would be missed.
    if (await isReleasedName(tx, usernameKey(newUser.username), made.user.id)) throw new UsernameReleasedError("The username rests.");
    await recordEvent(tx, made.user.id, "signed-up", info);
    if (mayWrite) await sendVerificationEmail(tx, made.user, { ...verification, info });
    return made;
  }).catch((error: unknown): CreateUserResult => {
    if (!(error instanceof UsernameReleasedError)) throw error;
    return { ok: false, taken: ["username"] };
  });
  if (!result.ok) return { status: 409, code: "taken", problems: Object.fromEntries(result.taken.map((name) => [name, taken[name]])) };
  if (wantsJson(c)) return answerJson(c, { user: toUser(result.user) }, 201);
  flash(c, "success", message(messages, "created"));
  return redirect(c, withNext(s.settings, loginPath(c), next));
}

/** Checks every rule on the server, all fields at once. */
async function problemsOf(s: Services, data: SignupData): Promise<Record<string, Sentence>> {
  const problems = await nameProblems(s, data);
  const ownWords = [problems["username"] ? "" : data.username, problems["email"] ? "" : data.email];
  return { ...problems, ...(await newPasswordProblems(s, data, { contextWords: ownWords })) };
}

async function nameProblems(s: Services, { username, email }: Pick<SignupData, "username" | "email">): Promise<Record<string, Sentence>> {
  const problems: Record<string, Sentence> = {};
  const usernameIs = usernameProblemMessage(username);
  if (usernameIs) problems["username"] = usernameIs;
  const emailIs = emailProblemMessage(email) ?? ((await canReach(s, email)) ? undefined : unreachableEmail);
  if (emailIs) problems["email"] = emailIs;
  return problems;
}
