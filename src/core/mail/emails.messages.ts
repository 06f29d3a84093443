/** Messages that every email has in common. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("emails", {
  greeting: "Hello {name},",
  codePreheader: "{code} is your {siteName} code.",
  copyLink: "Or copy this link into your browser: {url}",
  when: "When",
  device: "Device",
  ip: "IP address",
  expected: "If this was you, you don't need to do anything.",
  reason: "You're receiving this because you have an account at {siteName}.",
  reasonUnverified: "You're receiving this because your email was entered for an account at {siteName}.",
});
