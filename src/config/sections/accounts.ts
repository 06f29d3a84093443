/** Settings of accounts: deletion, released usernames and audit events. */
import { duration, durationOrNone } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const accounts = {
  deleteAfterMs: {
    env: "DELETE_AFTER",
    default: "7d",
    schema: durationOrNone(),
    format: "a duration such as 30m, 12h or 7d, or 0",
    description: "How long after a user's request an account is deleted. Logging in before then cancels the deletion. `0`: immediately.",
  },
  usernameReleaseAfterMs: {
    env: "USERNAME_RELEASE_AFTER",
    default: "30d",
    schema: durationOrNone(),
    format: "a duration such as 30m, 12h or 7d, or 0",
    description: "How long the username of a renamed or deleted account stays reserved. Only keyed hashes are stored. `0`: not reserved.",
  },
  auditRetentionMs: {
    env: "AUDIT_RETENTION",
    default: "90d",
    schema: duration(),
    format: "a duration such as 30m, 12h or 7d",
    description: "How long audit events are kept.",
  },
} satisfies Section;
