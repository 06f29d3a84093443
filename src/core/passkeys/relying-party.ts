/** Determines the RP ID and the origins of passkeys (WebAuthn, 5.1). */
import type { Settings } from "../../config/load.ts";
import { insertIfAbsent, upsert } from "../../db/statements.ts";
import type { Services, Transaction } from "../services.ts";
import { StartRefusedError } from "../start-refused.ts";
import { offersPasskeys } from "./availability.ts";

export interface RelyingParty {
  /** Passkeys are bound to this domain. */
  readonly id: string;
  readonly name: string;
  /** Accepted origins. */
  readonly origins: readonly string[];
}

type PasskeySettings = Pick<Settings, "passkeys" | "passkeyRpId" | "passkeyOrigins" | "baseUrl" | "siteName">;

/** Undefined where passkeys are off or cannot work. */
export function relyingPartyOf(settings: PasskeySettings): RelyingParty | undefined {
  if (!offersPasskeys(settings)) return undefined;
  return { id: rpIdOf(settings), name: settings.siteName, origins: [settings.baseUrl, ...settings.passkeyOrigins] };
}

export function rpIdOf({ passkeyRpId, baseUrl }: Pick<Settings, "passkeyRpId" | "baseUrl">): string {
  return passkeyRpId === "" ? new URL(baseUrl).hostname : passkeyRpId;
}

/** Name in `site_facts`. */
const factName = "passkey-rp-id";

/**
 * Throws {@link StartRefusedError} if the host has changed since the first passkey. Lockout: browsers would offer none of the existing
 * passkeys. An explicit `PASSKEY_RP_ID` is a decision, and passes.
 */
export async function requireSameRpId(s: Pick<Services, "db" | "settings">): Promise<void> {
  const { settings } = s;
  if (relyingPartyOf(settings) === undefined || settings.passkeyRpId !== "") return;
  const stored = await abandonedRpId(s);
  if (stored === undefined) return;
  const now = rpIdOf(settings);
  throw new StartRefusedError(
    `BASE_URL has the host ${now}, but passkeys of this site were created for ${stored} and work there only. Set PASSKEY_RP_ID=${stored} to keep them (docs/passkeys.md#a-changed-host), or PASSKEY_RP_ID=${now} to give them up.`,
  );
}

/** The RP ID of existing passkeys, if the settings have another one. */
export async function abandonedRpId({ db, settings }: Pick<Services, "db" | "settings">): Promise<string | undefined> {
  const fact = await db.selectFrom("site_facts").select("value").where("name", "=", factName).executeTakeFirst();
  if (!fact || fact.value === rpIdOf(settings)) return undefined;
  const left = await db.selectFrom("passkeys").select("id").where("rp_id", "=", fact.value).limit(1).executeTakeFirst();
  return left && fact.value;
}

/** Stores the RP ID with the first passkey, and with the first after an explicit change. */
export async function fixRpId(tx: Transaction, id: string): Promise<void> {
  const row = { name: factName, value: id, since: tx.now() };
  if (await insertIfAbsent(tx.db, "site_facts", row)) return;
  const stored = await tx.db.selectFrom("site_facts").select("value").where("name", "=", factName).executeTakeFirst();
  if (stored?.value !== id) await upsert(tx.db, "site_facts", row).execute();
}
