/** A new password, wherever one is chosen: its two fields, its rules in words, and what is wrong with it. */
import { type PasswordProblem, passwordProblem } from "../core/passwords.ts";
import type { Services } from "../core/services.ts";
import { field } from "../ui/fields.ts";
import { type Html, html } from "../ui/html.ts";
import type { Context } from "./context.ts";

const words: Record<Exclude<PasswordProblem, "too-short">, string> = {
  "too-long": "Use a password of at most 1,024 characters.",
  "not-text": "This password holds something that is not text. Type it again.",
  "needs-upper-and-digit": "Use at least one capital letter and one digit.",
  common: "This is one of the passwords that are guessed first. Choose another, such as a few words in a row.",
  breached: "This password has turned up in stolen data, so others know it. Choose another.",
  "own-words": "This password is too close to your name, your address or this site’s name. Choose another.",
};

export interface NewPassword {
  readonly password: string;
  readonly confirm_password: string;
}

/** What is wrong with a new password, in sentences for its fields; empty where nothing is. */
export async function newPasswordProblems(s: Services, typed: NewPassword, ownWords: readonly string[]): Promise<Record<string, string>> {
  const { password, confirm_password } = typed;
  const problem = await passwordProblem(s, password, ownWords);
  if (problem) return { password: problem === "too-short" ? tooShort(s, password) : words[problem] };
  if (confirm_password === "") return { confirm_password: "Enter the password a second time." };
  return confirm_password === password ? {} : { confirm_password: "The two passwords are not the same. Type them again." };
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
