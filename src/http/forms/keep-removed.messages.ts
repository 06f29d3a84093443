/** Messages of the choice whether a report restores what was removed. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("keep-removed", {
  label: "Don't restore anything: I removed it myself",
  hint: "For example, because a device was stolen. It then stays removed for good, unless your account would be less safe without it.",
  restoredAnyway:
    "We restored what you had removed: without it, anyone who reads your email could take over your account. Once you are logged in, you can remove it again.",
});
