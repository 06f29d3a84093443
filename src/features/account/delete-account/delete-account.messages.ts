/** Messages of deleting an account. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("delete-account", {
  deleted: "Account deleted.",
  scheduled: "Your account will be deleted on {date}. To keep it, log in before then.",
});
