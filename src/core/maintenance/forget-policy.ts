/** Forgets since when two-factor authentication was required. */
import type { Services } from "../services.ts";

/** Names of the facts begin with this; a group of accounts follows. */
export const policyFacts = "two-factor ";

/** A policy that is turned on again starts anew. Runs once at the start of a process without one, so that no request asks. */
export async function forgetPolicy(s: Services): Promise<void> {
  await s.db.deleteFrom("site_facts").where("name", "like", `${policyFacts}%`).execute();
}
