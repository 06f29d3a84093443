/** Messages in German; see passkey-notices.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./passkey-notices.messages.ts";

export const translation = translate(messages, "de", {
  unnamed: "Passkey",
  "added.subject": "Ihrem Konto wurde ein Passkey hinzugefügt",
  "added.intro": "Sie können sich jetzt mit dem Passkey „{name}“ anmelden.",
  "removed.subject": "Ein Passkey wurde aus Ihrem Konto entfernt",
  "removed.intro": "Mit dem Passkey „{name}“ können Sie sich nicht mehr anmelden.",
  "removed.device": "Ihr Gerät zeigt ihn möglicherweise noch an. Sie können ihn auch dort löschen.",
  "counter.subject": "Einer Ihrer Passkeys wurde nicht akzeptiert",
  "counter.intro": "Wir haben den Passkey „{name}“ nicht akzeptiert, weil er kopiert worden sein könnte.",
  "counter.advice":
    "Melden Sie sich auf andere Weise an, entfernen Sie diesen Passkey in den Einstellungen und fügen Sie einen neuen hinzu.",
  "notSynced.subject": "Einer Ihrer Passkeys wird nicht mehr synchronisiert",
  "notSynced.intro": "Der Passkey „{name}“ ist nur noch auf einem Gerät vorhanden.",
  "notSynced.advice":
    "Wenn Sie dieses Gerät verlieren, verlieren Sie auch den Passkey. Fügen Sie einen zweiten hinzu oder behalten Sie eine andere Anmeldemöglichkeit.",
});
