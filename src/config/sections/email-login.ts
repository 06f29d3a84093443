/** Settings of logging in by email. */
import { z } from "zod";
import type { Section } from "../setting.ts";

export const emailLogin = {
  emailLogin: {
    env: "EMAIL_LOGIN",
    default: "off",
    schema: z.enum(["on", "off"]),
    format: "on or off",
    description:
      "Whether users can log in, and sign up where `SIGNUP` allows it, with a code or a link by email (docs/email-login.md). Email counts as one factor; anyone who can read an inbox can log in to its account.",
  },
} satisfies Section;
