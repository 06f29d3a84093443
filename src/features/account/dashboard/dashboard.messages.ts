/** Messages of the dashboard. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("dashboard", {
  title: "Dashboard",
  hello: "Hello, {name}",
  verify: "Verify your email: you'll need it to reset a forgotten password. {link}",
  verifyLink: "Verify email",
  account: "Your account",
  username: "Username",
  email: "Email",
  accountId: "Account ID",
  memberSince: "Member since",
  lastLogin: "Last login",
  previousLogin: "Previous login",
  none: "None",
});
