/** Messages in German; see change-username.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./change-username.messages.ts";

export const translation = translate(messages, "de", {
  title: "Benutzername",
  current: "Ihr Benutzername ist {username}.",
  released: "Nach der Änderung können andere Ihren alten Benutzernamen verwenden.",
  reserved: {
    plural: "days",
    one: "Nach der Änderung bleibt Ihr alter Benutzername noch {days} Tag für Sie reserviert.",
    other: "Nach der Änderung bleibt Ihr alter Benutzername noch {days} Tage für Sie reserviert.",
  },
  newUsername: "Neuer Benutzername",
  submit: "Benutzernamen ändern",
  changed: "Benutzername geändert.",
  enter: "Geben Sie einen neuen Benutzernamen ein.",
  same: "Das ist bereits Ihr Benutzername. Wählen Sie einen anderen.",
  "event.username-changed": "Benutzername geändert",
  "email.subject": "Ihr Benutzername wurde geändert",
  "email.intro": "Ihr Benutzername wurde geändert.",
  "email.introWithNames": "Ihr Benutzername wurde von {before} in {after} geändert.",
  "email.login": {
    select: "loginWith",
    email: "Sie melden sich weiterhin mit Ihrer E-Mail-Adresse an.",
    username: "Melden Sie sich ab jetzt mit dem neuen an.",
    both: "Sie melden sich weiterhin mit Ihrer E-Mail-Adresse oder mit dem neuen Benutzernamen an.",
  },
});
