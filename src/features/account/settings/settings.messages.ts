/** Messages of the overview of the settings. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("settings", {
  title: "Settings",
  profile: "Profile",
  memberSince: "Member since {when}",
  danger: "Danger zone",
  "action.add": "Add",
  "action.change": "Change",
  "action.review": "Review",
  "action.download": "Download",
  "action.open": "Open",
  "action.delete": "Delete",
});
