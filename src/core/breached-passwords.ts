/** Asks a range API, such as Have I Been Pwned's, whether a password has turned up in stolen data. Off unless it is set. */
import { createHash } from "node:crypto";
import type { Services } from "./services.ts";

const waitMs = 1_000;

/**
 * Whether the service knows the password. It learns five hexadecimal digits of its SHA-1 and nothing else (k-anonymity).
 * A service that is slow, down or odd stops nobody from choosing a password: the answer is then no.
 */
export async function isBreached(s: Services, password: string): Promise<boolean> {
  const { breachedPasswordsUrl } = s.settings;
  if (breachedPasswordsUrl === "") return false;
  const hash = createHash("sha1").update(password.normalize("NFC")).digest("hex").toUpperCase();
  try {
    const response = await fetch(new URL(hash.slice(0, 5), breachedPasswordsUrl.replace(/\/*$/, "/")), {
      headers: { "Add-Padding": "true", accept: "text/plain" },
      signal: AbortSignal.timeout(waitMs),
      // A redirect could lead to a machine of our own network (ASVS 15.3.2).
      redirect: "error",
    });
    if (!response.ok) throw new Error(`The service answered ${response.status}.`);
    return counts(await response.text(), hash.slice(5)) > 0;
  } catch (error) {
    s.log.warn({ err: error }, "could not ask whether a password is breached");
    return false;
  }
}

/** Each line is the rest of a hash and how often it was seen; padding was seen 0 times. */
function counts(body: string, rest: string): number {
  const line = body.split(/\r?\n/).find((each) => each.toUpperCase().startsWith(`${rest}:`));
  return Number(line?.slice(rest.length + 1) ?? 0);
}
