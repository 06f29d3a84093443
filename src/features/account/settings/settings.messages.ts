/** Messages of the overview of the settings. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("settings", {
  title: "Settings",
  profile: "Profile",
  verified: "{username} · {email} · Verified",
  unverified: "{username} · {email} · Not verified",
  memberSince: "Member since {when}",
});
