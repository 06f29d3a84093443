/** Messages of the removal of a factor. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("removal-hint", {
  forGood: "This can't be undone.",
  kept: "You can undo this for 72 hours with “This wasn't me” in the email about it.",
  final: "If it is lost or stolen, first {link} with another factor: then it can't be brought back.",
  confirm: "confirm it's you",
});
