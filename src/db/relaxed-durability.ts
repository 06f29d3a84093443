/** What may be forgotten when the power goes, and how a transaction says so. */

/**
 * The isolation level that stands for it: such a commit does not wait for the disk. What is killed forgets nothing. On SQLite every
 * transaction that writes is alone whatever its level, and PostgreSQL reads no uncommitted rows at this one either.
 */
export const relaxedDurability = "read uncommitted";
