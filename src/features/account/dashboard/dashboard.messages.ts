/** Messages of the dashboard. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("dashboard", {
  title: "Dashboard",
  hello: "Hello, {name}",
  allDone: "Your account is in good shape.",
  waiting: { plural: "count", one: "{count} thing needs your attention.", other: "{count} things need your attention." },
  checkUp: "Security check-up",
  account: "Your account",
  username: "Username",
  email: "Email",
  memberSince: "Member since",
  details: "Details for support",
  accountId: "Account ID:",
  manage: "Change your details in Settings",
});
