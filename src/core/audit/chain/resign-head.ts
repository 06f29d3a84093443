/** Re-signs the retention cutoff of the audit log with the first key. */
import { columns } from "../../../db/columns.ts";
import type { Services } from "../../services.ts";
import { headText, isSigned, signText } from "./format.ts";

/**
 * Returns whether it was re-signed, or would be in a dry run. Forgery: a row with an invalid signature is left as it is. The row is not
 * part of the chain, so checkpoints stored elsewhere stay valid.
 */
export async function resignHead(s: Services, { isDryRun }: { isDryRun: boolean }): Promise<boolean> {
  const head = await s.db.selectFrom("audit_head").select(columns.audit_head).where("id", "=", "head").executeTakeFirst();
  const { keyId } = s.keyring;
  if (!head || head.key_id === keyId || isSigned(s, head.key_id, headText(head), head.mac) !== true) return false;
  if (isDryRun) return true;
  const { numUpdatedRows } = await s.db
    .updateTable("audit_head")
    .set({ key_id: keyId, mac: signText(s, headText(head)) })
    .where("id", "=", "head")
    .where("mac", "=", head.mac)
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}
