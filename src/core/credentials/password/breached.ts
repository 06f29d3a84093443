/** Asks a range API, such as Have I Been Pwned's, whether a password has turned up in stolen data. Off unless it is set. */
import { createHash } from "node:crypto";
import type { Settings } from "../../../config/load.ts";
import type { Logger } from "../../telemetry.ts";

const waitMs = 1_000;
/** More lookups than that at once are a flood of ours against somebody else's service. */
const mostAtOnce = 8;

export interface BreachedPasswords {
  /** Whether nobody is asked, for no service is set. */
  readonly isOff: boolean;
  /** Whether the service knows the password; no where it is slow, down, odd or asked too much: that stops nobody from choosing one. */
  readonly has: (password: string) => Promise<boolean>;
}

/** The service learns five hexadecimal digits of a password's SHA-1 and nothing else (k-anonymity). */
export function openBreachedPasswords({ breachedPasswordsUrl }: Settings, log: Logger): BreachedPasswords {
  const url = breachedPasswordsUrl.replace(/\/*$/, "/");
  let asking = 0;
  const has = async (password: string) => {
    if (breachedPasswordsUrl === "") return false;
    if (asking >= mostAtOnce) {
      log.warn("a password was not looked up among breached ones: too many are being looked up at this moment");
      return false;
    }
    asking++;
    try {
      return await ask(url, password);
    } catch (error) {
      log.warn({ err: error }, "could not ask whether a password is breached");
      return false;
    } finally {
      asking--;
    }
  };
  return { isOff: breachedPasswordsUrl === "", has };
}

async function ask(url: string, password: string): Promise<boolean> {
  const hash = createHash("sha1").update(password.normalize("NFC")).digest("hex").toUpperCase();
  const response = await fetch(new URL(hash.slice(0, 5), url), {
    headers: { "Add-Padding": "true", accept: "text/plain" },
    signal: AbortSignal.timeout(waitMs),
    // A redirect could lead to a machine of our own network (ASVS 15.3.2).
    redirect: "error",
  });
  if (!response.ok) throw new Error(`The service answered ${response.status}.`);
  return counts(await response.text(), hash.slice(5)) > 0;
}

/** Each line is the rest of a hash and how often it was seen; padding was seen 0 times. */
function counts(body: string, rest: string): number {
  const line = body.split(/\r?\n/).find((each) => each.toUpperCase().startsWith(`${rest}:`));
  return Number(line?.slice(rest.length + 1) ?? 0);
}
