/** What a person may do in the services behind the login: the one place where their roles are looked up. */
import type { User } from "./users.ts";

/** The names of a person's roles. Nobody has any yet. */
export function rolesOf(_user: User): readonly string[] {
  return [];
}
