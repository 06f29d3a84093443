/** A new password, wherever one is chosen: its two fields, its rules in words, and what is wrong with it. */

import { localPasswordProblem, type PasswordProblem } from "../../core/credentials/password/passwords.ts";
import { perNetwork, reserve } from "../../core/rate-limits/rate-limits.ts";
import type { Services } from "../../core/services.ts";
import { field } from "../../ui/fields.ts";
import { type Html, html } from "../../ui/html.ts";
import type { Context, FormError } from "../context.ts";
import { requestInfo } from "../request/request-info.ts";

const words: Record<Exclude<PasswordProblem, "too-short">, string> = {
  "too-long": "Use a password of at most 1,024 characters.",
  "not-text": "This password holds something that is not text. Type it again.",
  "needs-upper-and-digit": "Use at least one capital letter and one digit.",
  common: "This is one of the passwords that are guessed first. Choose another, such as a few words in a row.",
  breached: "This password has turned up in stolen data, so others know it. Choose another.",
  "context-words": "This password is too close to your name, your address or this site’s name. Choose another.",
};

export interface NewPassword {
  readonly password: string;
  readonly confirm_password: string;
}

/**
 * What is wrong with a new password, in sentences for its fields; empty where nothing is. Whether it is breached is asked by
 * `breachedProblem`, when all else is right and counted.
 */
export async function newPasswordProblems(
  s: Services,
  typed: NewPassword,
  contextWords: readonly string[],
): Promise<Record<string, string>> {
  const { password, confirm_password } = typed;
  const problem = await localPasswordProblem(s, password, contextWords);
  if (problem) return { password: problem === "too-short" ? tooShort(s, password) : words[problem] };
  if (confirm_password === "") return { confirm_password: "Enter the password a second time." };
  return confirm_password === password ? {} : { confirm_password: "The two passwords are not the same. Type them again." };
}

/** One network's, past which nobody is asked: it is a network's own affair then whether its passwords are breached. */
const lookups = { count: 30, perMs: 3_600_000 };

/** The refusal of a password that others know, or undefined. Each lookup is a request to somebody else's service, so it is limited. */
export async function breachedProblem(c: Context, password: string): Promise<FormError | undefined> {
  const s = c.get("s");
  if (s.breachedPasswords.isOff) return undefined;
  const attempt = await reserve(s, perNetwork(requestInfo(c), "breach-lookups", lookups));
  if (!attempt.ok || !(await s.breachedPasswords.has(password))) return undefined;
  return { status: 422, code: "invalid", problems: { password: words.breached } };
}

function tooShort({ settings }: Services, password: string): string {
  return password === "" ? "Enter a password." : `Use a password of at least ${settings.passwordMinLength} characters.`;
}

/** The two fields, with a hint on the rules and how strong it is while it is typed. */
export function newPasswordFields(c: Context, problems: Readonly<Record<string, string>>, label = "Password"): Html {
  const { settings } = c.get("s");
  const rules =
    settings.passwordRules === "none"
      ? "Any characters, spaces too: a few words in a row are easy to keep in mind."
      : "With a capital letter and a digit.";
  const hint = `At least ${settings.passwordMinLength} characters. ${rules}`;
  const strengthUrl = c.get("site").assets.url("strength.js");
  return html`${field({ name: "password", label, type: "password", autocomplete: "new-password", problem: problems["password"], hint, strengthUrl })}
${field({ name: "confirm_password", label: `${label} again`, type: "password", autocomplete: "new-password", problem: problems["confirm_password"] })}`;
}
