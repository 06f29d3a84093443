/** Messages of the removal of a factor. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("removal-hint", {
  forGood: "This can't be undone.",
  kept: "For 72 hours, “This wasn't me” in the email about this change can undo it. Lost or stolen? First {link} with another factor, and this can't be undone.",
  confirm: "confirm it's you",
});
