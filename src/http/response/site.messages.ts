/** Messages of the settings menu and the footer. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("site", {
  profile: "Profile",
  security: "Security",
  data: "Your data",
  more: "More",
  terms: "Terms",
  privacy: "Privacy",
  contact: "Contact",
});
