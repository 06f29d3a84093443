/** Settings of two-factor authentication: policy, grace time and trusted browsers. */
import { z } from "zod";
import { durationOrNone } from "../parsers.ts";
import type { Section } from "../setting.ts";

/** A group of accounts that must use two-factor authentication. */
export type PolicyGroup = "all" | `role:${string}`;

/** `optional` is an empty list. */
function groupsOf(text: string): PolicyGroup[] {
  if (text === "optional") return [];
  if (text === "all") return ["all"];
  const roles = text === "admins" ? ["admin"] : text.slice("role:".length).split(",");
  return [...new Set(roles)].map((role) => `role:${role.trim()}` as const);
}

export const twoFactor = {
  twoFactor: {
    env: "TWO_FACTOR",
    default: "optional",
    schema: z
      .string()
      .regex(/^(?:optional|admins|all|role:[a-z0-9][a-z0-9-]{0,39}(?: *, *[a-z0-9][a-z0-9-]{0,39})*)$/)
      .transform(groupsOf)
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is a TypeScript type.
      .meta({ option: '"optional" | "admins" | "all" | `role:${string}`' }) as unknown as z.ZodType<readonly PolicyGroup[], string>,
    format: "optional, admins, all, or role: and roles separated by commas, such as role:staff,support",
    description:
      "Which accounts must use two-factor authentication. After `TWO_FACTOR_GRACE`, a session of such an account without it can only set it up.",
  },
  twoFactorGraceMs: {
    env: "TWO_FACTOR_GRACE",
    default: "7d",
    schema: durationOrNone(),
    format: "0 or a duration such as 12h or 7d",
    description:
      "Time to set up two-factor authentication where `TWO_FACTOR` requires it, from the start of that requirement or from the creation of the account. `0`: at once.",
  },
  twoFactorTrustMs: {
    env: "TWO_FACTOR_TRUST",
    default: "30d",
    schema: durationOrNone(365 * 24 * 3_600_000),
    format: "0 or a duration of 365d at most",
    description: "How long the second step is skipped in a browser that the user trusts. `0`: it is never skipped.",
  },
} satisfies Section;
