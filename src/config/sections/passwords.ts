/** Settings of passwords: rules, breach checks and hashing. */
import { z } from "zod";
import { wholeNumber } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const passwords = {
  passwords: {
    env: "PASSWORDS",
    default: "on",
    schema: z.enum(["on", "off"]),
    format: "on or off",
    description:
      "Whether users log in with passwords. `off`: there is no password field, and stored or imported hashes are not used. Users then log in with passkeys (`PASSKEYS`) or emailed codes (`EMAIL_LOGIN`).",
  },
  passwordMinLength: {
    env: "PASSWORD_MIN_LENGTH",
    default: "8",
    schema: wholeNumber(8, 64),
    format: "a whole number from 8 to 64",
    description: "Minimum length of new passwords. NIST requires 15 if the password is the only factor.",
  },
  passwordRules: {
    env: "PASSWORD_RULES",
    default: "none",
    schema: z.enum(["none", "upper-and-digit"]),
    format: "none or upper-and-digit",
    description: "`upper-and-digit` requires an uppercase letter and a number. OWASP and NIST advise against such rules.",
  },
  confirmPassword: {
    env: "CONFIRM_PASSWORD",
    default: "on",
    schema: z.enum(["on", "off"]),
    format: "on or off",
    description:
      "Whether forms ask for a new password twice. `off` leaves out the field `confirm_password`; the password can be shown instead.",
  },
  breachedPasswordsUrl: {
    env: "BREACHED_PASSWORDS_URL",
    default: "",
    schema: z.string().refine((text) => text === "" || /^https?:$/.test(URL.parse(text)?.protocol ?? "")),
    format: "empty, or the URL of a range API such as https://api.pwnedpasswords.com/range/",
    description:
      "Checks new passwords against a breach database. Sends the first five characters of the SHA-1 hash, never the password. Empty: no check. A service that does not answer within a second is skipped.",
  },
  hashQueue: {
    env: "HASH_QUEUE",
    default: "500",
    schema: wholeNumber(1, 100_000),
    format: "a whole number from 1 to 100000",
    description:
      "Maximum password checks waiting in the queue. Beyond it, the client with the most waiting checks gets 503 with `Retry-After`.",
  },
} satisfies Section;
