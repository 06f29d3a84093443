/** Messages of the emails about passkeys. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("passkey-notices", {
  unnamed: "Passkey",
  "added.subject": "A passkey was added to your account",
  "added.intro": "You can now log in to your account with the passkey “{name}”.",
  "removed.subject": "A passkey was removed from your account",
  "removed.intro": "You can no longer log in to your account with the passkey “{name}”.",
  "removed.device": "It may still be shown by your device. You can delete it there too.",
  "counter.subject": "A passkey of yours was not accepted",
  "counter.intro": "We did not accept the passkey “{name}”, because it may have been copied.",
  "counter.advice": "Log in another way, remove this passkey in your settings, and add a new one.",
  "notSynced.subject": "A passkey of yours is no longer synchronized",
  "notSynced.intro": "The passkey “{name}” is now on one device only.",
  "notSynced.advice": "If you lose that device, you lose the passkey. Add a second passkey, or keep another way to log in.",
});
