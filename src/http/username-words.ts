/** What is wrong with a user name, in words. */
import { type UsernameProblem, usernameProblem } from "../core/users/users.ts";

const words: Record<UsernameProblem, string> = {
  "too-short": "Enter a user name of at least 3 characters.",
  "too-long": "Enter a user name of at most 150 characters.",
  characters: "Use only letters, digits, dots, hyphens and underscores in your user name.",
  invisible: "This user name has a character in it that nobody sees. Type it instead of pasting it.",
  "mixed-scripts": "Use letters of one alphabet only in your user name.",
};

export const usernameTaken = "This user name is taken. Choose another.";
export const usernameHint = "3 to 150 letters, digits, dots, hyphens or underscores.";

/** A sentence for the field, or undefined where the name is fine. */
export function usernameProblemInWords(username: string): string | undefined {
  if (username === "") return "Enter a user name.";
  const problem = usernameProblem(username);
  return problem && words[problem];
}
