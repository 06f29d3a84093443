/** Signs the row that says until when records were removed with the first key. */
import { columns } from "../../../db/columns.ts";
import type { Services } from "../../services.ts";
import { headText, isSigned, signText } from "./format.ts";

/**
 * Whether it was signed anew, or would be in a dry run. Forgery: only a signature that its own key verifies is replaced. It is one row
 * outside of the chain, so nothing that was written down elsewhere changes.
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
