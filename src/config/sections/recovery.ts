/** Settings of recovering an account that has lost its second factors. */
import { z } from "zod";
import { durationOrNone } from "../parsers.ts";
import type { Section } from "../setting.ts";

const dayMs = 24 * 3_600_000;
const waitMs = durationOrNone(90 * dayMs).refine((ms) => ms >= dayMs);

export const recovery = {
  recoveryByEmailMs: {
    env: "RECOVERY_BY_EMAIL",
    default: "off",
    schema: z
      .union([z.literal("off").transform(() => 0), waitMs])
      // A TypeScript type, for the library option.
      .meta({ option: 'Duration | "off"' }) as unknown as z.ZodType<number, string>,
    format: "off, or a duration from 1d to 90d",
    description:
      "Whether a user who has lost every second factor can turn two-factor authentication off with the password and an emailed link, after this time. Not for administrators and for accounts that `TWO_FACTOR` covers. `off`: only recovery codes or an administrator help.",
  },
} satisfies Section;
