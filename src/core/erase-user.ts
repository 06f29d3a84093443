/** Erases an account, and takes its name out of what stays. */
import type { Services } from "./services.ts";

/** Marks an account to be erased at that instant. Logging in before takes the mark off. */
export async function askErasure(tx: Services, userId: string, eraseAt: number): Promise<void> {
  await tx.db.updateTable("users").set({ erase_at: eraseAt }).where("id", "=", userId).execute();
}

/** Removes the account with its sessions, tokens and letters, within a transaction. Its records stay, and say nothing of whom. */
export async function eraseUser(tx: Services, userId: string): Promise<void> {
  await tx.db.updateTable("audit").set({ user_id: null, address: "", user_agent: "" }).where("user_id", "=", userId).execute();
  await tx.db.deleteFrom("users").where("id", "=", userId).execute();
}
