/** Limits the sessions of an account. */
import { type Placeholders, prepared, preparedVariants } from "../../db/prepared.ts";
import { deleteBeyond } from "../../db/statements.ts";
import type { Transaction } from "../services.ts";
import type { UserRow } from "../users/users.ts";
import type { Session } from "./session.ts";

/** Ends the least recently used sessions beyond the limit, and not this one (ASVS 7.1.2). Returns how many ended. */
export async function endLeastUsed(tx: Transaction, { id }: UserRow, { tokenHash }: Session): Promise<number> {
  const { numAffectedRows } = await endQuery(tx.settings.sessionsPerAccount - 1)(tx.db, { id, tokenHash });
  return Number(numAffectedRows);
}

const endQuery = preparedVariants((others: number) =>
  prepared((db, value: Placeholders<{ id: string; tokenHash: Uint8Array }>) =>
    deleteBeyond(db, "sessions", {
      where: ({ and, eb }) => and([eb("user_id", "=", value("id")), eb("token_hash", "!=", value("tokenHash"))]),
      orderBy: "last_seen_at",
      keep: others,
    }),
  ),
);
