/** Looks passwords up in a breach database (Pwned Passwords range API). */
import { createHash } from "node:crypto";
import type { Settings } from "../../../config/load.ts";
import type { Logger } from "../../telemetry.ts";

const waitMs = 1_000;
/** Bounds the load on the service. */
const maxConcurrent = 8;

export interface BreachedPasswords {
  /** Whether checks are off, because no service is configured. */
  readonly isOff: boolean;
  /**
   * Whether the password is in the breach database; false if the service is slow, down or overloaded, so that an outage blocks no signup.
   */
  readonly has: (password: string) => Promise<boolean>;
}

/** Password disclosure to the service: it receives five hex digits of the SHA-1 and nothing else (k-anonymity). */
export function openBreachedPasswords({ breachedPasswordsUrl }: Settings, log: Logger): BreachedPasswords {
  const url = breachedPasswordsUrl.replace(/\/*$/, "/");
  let pending = 0;
  const has = async (password: string) => {
    if (breachedPasswordsUrl === "") return false;
    if (pending >= maxConcurrent) {
      log.warn("skipped a breached-password check: too many at once");
      return false;
    }
    pending++;
    try {
      return await lookUp(url, password);
    } catch (error) {
      log.warn({ err: error }, "the breached-password check failed");
      return false;
    } finally {
      pending--;
    }
  };
  return { isOff: breachedPasswordsUrl === "", has };
}

async function lookUp(url: string, password: string): Promise<boolean> {
  const hash = createHash("sha1").update(password.normalize("NFC")).digest("hex").toUpperCase();
  const response = await fetch(new URL(hash.slice(0, 5), url), {
    headers: { "Add-Padding": "true", accept: "text/plain" },
    signal: AbortSignal.timeout(waitMs),
    // SSRF: a redirect could lead into the internal network (ASVS 15.3.2).
    redirect: "error",
  });
  if (!response.ok) throw new Error(`The service answered ${response.status}.`);
  return counts(await response.text(), hash.slice(5)) > 0;
}

/** Returns how often the hash was seen, from lines of `suffix:count`. Padding has a count of 0. */
function counts(body: string, rest: string): number {
  const line = body.split(/\r?\n/).find((each) => each.toUpperCase().startsWith(`${rest}:`));
  return Number(line?.slice(rest.length + 1) ?? 0);
}
