/**
 * Notes it: the password opens nothing, and nothing that opens the account may change, until the password is reset. An erasure
 * that waits is off, for it may be the intruder's wish, and the owner cannot log in to cancel it.
 */
export async function noteReport(tx, userId) {
    await tx.db
        .updateTable("users")
        .set({ reported_at: tx.now(), password_set_aside_at: tx.now(), erase_at: null })
        .where("id", "=", userId)
        .execute();
}
/** The account is its owner's again. */
export async function clearReport(tx, userId) {
    await tx.db.updateTable("users").set({ reported_at: null }).where("id", "=", userId).execute();
}
