/** Messages in German; see authenticate.messages.ts. */
import { translate } from "../../i18n/messages.ts";
import { messages } from "./authenticate.messages.ts";

export const translation = translate(messages, "de", {
  loginRequired: "Melden Sie sich an, um diese Seite zu sehen.",
  loggedInAs: "Sie sind als {username} angemeldet.",
});
