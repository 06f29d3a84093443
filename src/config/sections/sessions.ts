/** Settings of sessions: lifetimes, re-authentication and devices. */
import { z } from "zod";
import { duration, wholeNumber } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const sessions = {
  sessionIdleMs: {
    env: "SESSION_IDLE",
    default: "12h",
    schema: duration(),
    format: "a duration such as 30m, 12h or 7d",
    description: "Sessions end after this long without a request.",
  },
  sessionLifetimeMs: {
    env: "SESSION_LIFETIME",
    default: "24h",
    schema: duration(),
    format: "a duration such as 30m, 12h or 7d",
    description: "Sessions end this long after login.",
  },
  rememberIdleMs: {
    env: "REMEMBER_IDLE",
    default: "7d",
    schema: duration(),
    format: "a duration such as 30m, 12h or 7d",
    description: "`SESSION_IDLE` of “remember me” sessions.",
  },
  rememberLifetimeMs: {
    env: "REMEMBER_LIFETIME",
    default: "30d",
    schema: duration(30 * 24 * 3_600_000),
    format: "a duration of 30d at most",
    description: "`SESSION_LIFETIME` of “remember me” sessions. NIST allows 30 days at most.",
  },
  reauthenticateAfterMs: {
    env: "REAUTHENTICATE_AFTER",
    default: "15m",
    schema: duration(),
    format: "a duration such as 30m, 12h or 7d",
    description: "Sensitive actions require re-authentication after this time.",
  },
  sessionsPerAccount: {
    env: "SESSIONS_PER_ACCOUNT",
    default: "100",
    schema: wholeNumber(1, 10_000),
    format: "a whole number from 1 to 10000",
    description: "Maximum sessions per account. A further login ends the least recently used session.",
  },
  geoipFile: {
    env: "GEOIP_FILE",
    default: "",
    schema: z.string(),
    format: "the path of an .mmdb file of cities or countries",
    description: "Shows the city and country of IP addresses, from a file in MaxMind's format (docs/places.md). Empty: the IP alone.",
  },
  newDeviceNotice: {
    env: "NEW_DEVICE_NOTICE",
    default: "on",
    schema: z.enum(["on", "off"]),
    format: "on or off",
    description: "Whether users get an email about a login from a new device (docs/login.md#new-devices).",
  },
} satisfies Section;
