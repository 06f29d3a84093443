/** Messages in German; see emails.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./emails.messages.ts";

export const translation = translate(messages, "de", {
  greeting: "Guten Tag {name},",
  codePreheader: "{code} ist Ihr Code für {siteName}.",
  copyLink: "Oder kopieren Sie diesen Link in Ihren Browser: {url}",
  when: "Zeitpunkt",
  device: "Gerät",
  ip: "IP-Adresse",
  expected: "Wenn Sie das waren, müssen Sie nichts tun.",
  reason: "Sie erhalten diese E-Mail, weil Sie ein Konto bei {siteName} haben.",
  reasonUnverified: "Sie erhalten diese E-Mail, weil Ihre E-Mail-Adresse für ein Konto bei {siteName} angegeben wurde.",
});
