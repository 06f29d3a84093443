/** Settings of passkeys: on or off, RP ID and related origins. */
import { z } from "zod";
import { isDomain, list } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const passkeys = {
  passkeys: {
    env: "PASSKEYS",
    default: "on",
    schema: z.enum(["on", "off"]),
    format: "on or off",
    description:
      "Whether users can log in with passkeys. Passkeys need https, except on localhost, and a host name instead of an IP address (docs/passkeys.md).",
  },
  passkeyRpId: {
    env: "PASSKEY_RP_ID",
    default: "",
    schema: z.string().refine((text) => text === "" || text === "localhost" || isDomain(text)),
    format: "empty, or a domain such as example.com",
    description:
      "The domain that passkeys are created for (RP ID): the host of `BASE_URL`, or a parent domain of it. Passkeys work for no other domain, so it must not change. Empty: the host of `BASE_URL`.",
  },
  passkeyOrigins: {
    env: "PASSKEY_ORIGINS",
    default: "",
    schema: list((word) => /^https:\/\//.test(word) && URL.parse(word)?.origin === word),
    format: "https origins separated by commas, such as https://example.de",
    description:
      "Origins of other domains that may use this site's passkeys (related origins). Served at `/.well-known/webauthn`. Empty: only this site.",
  },
} satisfies Section;
