/** Sets up what attacks on logins with a provider share: members with a verified email, and who is at the provider. */
import type { Person } from "./person.ts";
import { type ProviderApp, providerApp } from "./provider-app.ts";
import { verifiesEmail } from "./two-factor.ts";

export interface AttackedApp extends ProviderApp {
  /** A logged-in member with a verified email. */
  readonly verified: () => Promise<Person>;
  /** Logs this user in at the provider, which vouches for the email. */
  readonly as: (sub: string, email: string, claims?: Readonly<Record<string, unknown>>) => void;
}

/** Logins link themselves by a verified email, and no rate limit stops a test. */
export async function attackedApp(env: Readonly<Record<string, string>> = {}): Promise<AttackedApp> {
  const app = await providerApp({
    SIGNUP: "open",
    LIMIT_CODES_PER_IP: "1000/10m",
    LIMIT_SIGNUP_PER_IP: "1000/1h",
    PROVIDER_WORK_LINK: "verified",
    ...env,
  });
  let count = 0;
  return {
    ...app,
    verified: async () => {
      const person = await app.person({ username: `victim${count++}` }).isLoggedIn();
      await verifiesEmail(app, person);
      return person;
    },
    as: (sub, email, claims = {}) => {
      app.peer.user = { sub, email, email_verified: true, ...claims };
    },
  };
}

export interface ShownLogin {
  readonly id: string;
  readonly provider: string;
  readonly email: string | null;
  readonly isEmailVouched: boolean;
  readonly confirmedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** The linked logins of a user, as `/settings/logins` lists them. */
export async function linkedOf(person: Person): Promise<readonly ShownLogin[]> {
  const answer = await person.opens("/settings/logins", { accept: "application/json" });
  return (answer.json() as { linked: ShownLogin[] }).linked;
}

/** Unlinks a login on its page. */
export function unlinks(person: Person, id = ""): ReturnType<Person["fillsIn"]> {
  return person.fillsIn(`/settings/logins/unlink?id=${id}`, { id });
}
