/** Messages of the dashboard. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("dashboard", {
  title: "Dashboard",
  hello: "Hello, {name}",
  verify: "{link} so that you can reset your password if you forget it.",
  verifyLink: "Verify your email",
  account: "Your account",
  username: "Username",
  email: "Email",
  accountId: "Account ID",
  memberSince: "Member since",
  lastLogin: "Last login",
  previousLogin: "Previous login",
  none: "None",
});
