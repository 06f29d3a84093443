/** Renders and validates the fields of a new password. */
import { z } from "zod";
import { localPasswordProblem } from "../../core/credentials/password/passwords.ts";
import { perNetwork, reserve } from "../../core/rate-limits/rate-limits.ts";
import type { Services } from "../../core/services.ts";
import { type MessageReference, message } from "../../i18n/messages.ts";
import { field } from "../../ui/fields.ts";
import { type Html, html } from "../../ui/html.ts";
import type { Context, FormError } from "../context.ts";
import { requestInfo } from "../request/build-request-info.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./new-password.messages.ts";

export interface NewPassword {
  readonly password: string;
  /** Undefined with `CONFIRM_PASSWORD=off`. */
  readonly confirm_password?: string | undefined;
}

const text = z.string().default("");

/** The fields of a new password in the schema of a form. Without `confirm_password` in it, a sent value is ignored. */
export function newPasswordShape({ settings }: Services) {
  const both = { password: text, confirm_password: text as z.ZodType<string | undefined> };
  return settings.confirmPassword === "on" ? both : ({ password: text } as typeof both);
}

/** `replace` is for accounts that may have a password already: labels and errors say "new password". */
type Purpose = "choose" | "replace";

/** Returns the problems by field. The breach lookup is separate (`breachedProblem`), because it calls another service. */
export async function newPasswordProblems(
  s: Services,
  typed: NewPassword,
  { contextWords, purpose = "choose" }: { readonly contextWords: readonly string[]; readonly purpose?: Purpose },
): Promise<Record<string, MessageReference>> {
  const { password, confirm_password } = typed;
  const isNew = purpose === "replace";
  if (password === "") return { password: message(messages, isNew ? "enterNew" : "enter") };
  const problem = await localPasswordProblem(s, password, contextWords);
  if (problem === "too-short") return { password: message(messages, problem, { count: s.settings.passwordMinLength }) };
  if (problem === "too-long") return { password: message(messages, problem, { count: maxCharacters }) };
  if (problem) return { password: message(messages, problem) };
  if (s.settings.confirmPassword === "off") return {};
  if (confirm_password === "") return { confirm_password: message(messages, isNew ? "confirmNew" : "confirm") };
  return confirm_password === password ? {} : { confirm_password: message(messages, "mismatch") };
}

const maxCharacters = 1_024;

/** Rate limit per network; beyond it, passwords are accepted without a lookup. */
const lookups = { count: 30, perMs: 3_600_000 };

/** Returns the error of a breached password, or undefined. Lookups are rate limited, because each calls another service. */
export async function breachedProblem(c: Context, password: string): Promise<FormError | undefined> {
  const s = c.get("s");
  if (s.breachedPasswords.isOff) return undefined;
  const attempt = await reserve(s, perNetwork(requestInfo(c), "breach-lookups", lookups));
  if (!attempt.ok || !(await s.breachedPasswords.has(password))) return undefined;
  return { status: 422, code: "invalid", problems: { password: message(messages, "breached") } };
}

/** Renders the fields, the rules and a strength meter. */
export function newPasswordFields(c: Context, problems: Readonly<Record<string, string>>, purpose: Purpose = "choose"): Html {
  const t = translator(c, messages);
  const { settings } = c.get("s");
  const hint = t(settings.passwordRules === "none" ? "hint" : "hintWithRules", { count: settings.passwordMinLength });
  const strengthUrl = c.get("site").assets.url("strength.js");
  const [label, confirmLabel] = purpose === "choose" ? [t("label"), t("confirmLabel")] : [t("newLabel"), t("confirmNewLabel")];
  const password = field({
    name: "password",
    label,
    type: "password",
    autocomplete: "new-password",
    problem: problems["password"],
    hint,
    strengthUrl,
    isOneOfSeveral: settings.confirmPassword === "on" || purpose === "replace",
  });
  if (settings.confirmPassword === "off") return password;
  const confirm = { name: "confirm_password", label: confirmLabel, problem: problems["confirm_password"], isOneOfSeveral: true };
  return html`${password}\n${field({ ...confirm, type: "password", autocomplete: "new-password" })}`;
}
