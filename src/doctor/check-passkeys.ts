/** Checks whether passkeys can work: host, https, and the RP ID of existing ones. */
import type { Settings } from "../config/load.ts";
import { passkeyObstacle } from "../core/passkeys/availability.ts";
import { abandonedRpId, rpIdOf } from "../core/passkeys/relying-party.ts";
import type { Database } from "../db/database.ts";
import type { Finding } from "./findings.ts";

export function checkPasskeySettings(settings: Settings): Finding[] {
  if (settings.passkeys === "off") return [];
  const obstacle = passkeyObstacle(settings);
  const { hostname } = new URL(settings.baseUrl);
  if (obstacle !== undefined) {
    const problem = obstacle === "ip" ? `Its host is the IP address ${hostname}.` : "It is http, and its host is not localhost.";
    const fix = `Set it to an https URL with a host name, or set PASSKEYS to off.`;
    return [{ level: "warning", setting: "BASE_URL", problem, risk: "Browsers refuse passkeys there, so they are not offered.", fix }];
  }
  const rpId = rpIdOf(settings);
  if (hostname === rpId || hostname.endsWith(`.${rpId}`)) return [];
  const problem = `The host of BASE_URL (${hostname}) is not below ${rpId}.`;
  const risk = "Passkeys work only in browsers that know related origins.";
  const fix = `Let https://${rpId}/.well-known/webauthn list ${settings.baseUrl}.`;
  return [{ level: "warning", setting: "PASSKEY_RP_ID", problem, risk, fix }];
}

/** Compares the RP ID of the settings with that of existing passkeys. */
export async function checkRpId(db: Database, settings: Settings): Promise<Finding[]> {
  if (settings.passkeys === "off") return [];
  const stored = await abandonedRpId({ db, settings });
  if (stored === undefined) return [];
  const isExplicit = settings.passkeyRpId !== "";
  return [
    {
      level: isExplicit ? "warning" : "error",
      setting: isExplicit ? "PASSKEY_RP_ID" : "BASE_URL",
      problem: `Passkeys of this site were created for ${stored}, and not for ${rpIdOf(settings)}.`,
      risk: isExplicit ? "Their users can't log in with them." : "The server does not start.",
      fix: `Set PASSKEY_RP_ID to ${stored} to keep them${isExplicit ? "" : `, or to ${rpIdOf(settings)} to give them up`}.`,
    },
  ];
}
