/** Messages of fields and errors that several forms share. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("form", {
  email: "Email",
  username: "Username",
  usernameHint: "3–150 letters, numbers, dots, hyphens or underscores.",
  password: "Password",
  invalidField: "This must be a single text value.",
  invalidParameter: "This value is missing or invalid.",
  enterEmail: "Enter your email.",
  invalidEmail: "Enter a valid email, such as name@example.com.",
  invisibleInEmail: "Your email contains an invisible character. Type it instead of pasting it.",
  unreachableEmail: "We can't send messages to this email. Use one with only English letters, numbers and symbols before the @.",
  enterUsername: "Enter a username.",
  usernameTaken: "This username is taken. Choose a different one.",
  "username.too-short": "Use at least 3 characters in your username.",
  "username.too-long": "Use at most 150 characters in your username.",
  "username.characters": "Use only letters, numbers, dots, hyphens and underscores in your username.",
  "username.invisible": "Your username contains an invisible character. Type it instead of pasting it.",
  "username.mixed-scripts": "Don't mix alphabets (for example Latin and Cyrillic) in your username.",
  "csrf.bad-token": "Your form expired. Please submit it again.",
  "csrf.other-account": "You've switched accounts since you opened this form. Check which account you're using, then try again.",
  "csrf.foreign-origin": "This form was sent from another site. Check it before you submit it.",
  tooManySeconds: {
    plural: "count",
    one: "Too many attempts. Try again in {count} second.",
    other: "Too many attempts. Try again in {count} seconds.",
  },
  tooManyMinutes: {
    plural: "count",
    one: "Too many attempts. Try again in {count} minute.",
    other: "Too many attempts. Try again in {count} minutes.",
  },
  tooManyHours: {
    plural: "count",
    one: "Too many attempts. Try again in {count} hour.",
    other: "Too many attempts. Try again in {count} hours.",
  },
  accountReported: "You reported that someone else may have access to your account. Reset your password before you continue.",
  accountChanged: "Your account was updated elsewhere. Review the changes and try again.",
  yes: "Yes",
  no: "No",
});
