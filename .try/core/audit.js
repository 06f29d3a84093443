/** Adds a record. `userId` is null for an address that has no account: it is written all the same, so both cost the same. */
export async function recordEvent(s, userId, event, origin) {
    await s.db
        .insertInto("audit")
        .values({
        id: s.newId(),
        user_id: userId,
        event,
        address: origin.address,
        user_agent: origin.userAgent.slice(0, 300),
        happened_at: s.now(),
    })
        .execute();
}
/** An account's records, newest first, a page at a time: `before` is the id of the last one seen. */
export async function listEvents(s, userId, count, before) {
    const rows = await s.db
        .selectFrom("audit")
        .selectAll()
        .where("user_id", "=", userId)
        .$if(before !== undefined, (query) => query.where("id", "<", before ?? ""))
        .orderBy("id", "desc")
        .limit(count)
        .execute();
    return rows.map((row) => ({
        id: row.id,
        event: row.event,
        at: row.happened_at,
        address: row.address,
        userAgent: row.user_agent,
    }));
}
