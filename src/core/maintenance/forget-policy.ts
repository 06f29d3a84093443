/** Forgets since when two-factor authentication was required. */
import type { Services } from "../services.ts";

/** A policy that is turned on again starts anew. The names are those of `storePolicyStart`. Runs once at the start of a process without one, so that no request asks. */
export async function forgetPolicy(s: Services): Promise<void> {
  await s.db.deleteFrom("site_facts").where("name", "like", "two-factor %").execute();
}
