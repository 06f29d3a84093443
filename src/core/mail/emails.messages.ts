/** Messages that every email has in common. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("emails", {
  greeting: "Hello,",
  greetingByName: "Hello {name},",
  copyLink: "Or copy this link into your browser: {url}",
  notice: "When: {when} · IP address: {ip}",
  noticeWithDevice: "When: {when} · Device: {device} · IP address: {ip}",
});
