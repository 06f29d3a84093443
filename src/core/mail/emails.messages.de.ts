/** Messages in German; see emails.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./emails.messages.ts";

export const translation = translate(messages, "de", {
  greeting: "Guten Tag,",
  greetingByName: "Guten Tag {name},",
  copyLink: "Oder kopieren Sie diesen Link in Ihren Browser: {url}",
  notice: "Zeitpunkt: {when} · IP-Adresse: {ip}",
  noticeWithDevice: "Zeitpunkt: {when} · Gerät: {device} · IP-Adresse: {ip}",
});
