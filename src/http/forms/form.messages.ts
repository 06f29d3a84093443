/** Messages of fields and errors that several forms share. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("form", {
  email: "Email",
  username: "Username",
  usernameHint: "3–150 letters, numbers, dots, hyphens or underscores.",
  password: "Password",
  invalidField: "Enter a single value as text.",
  invalidParameter: "Missing or invalid.",
  enterEmail: "Enter your email.",
  invalidEmail: "Enter an email in the format name@example.com.",
  invisibleInEmail: "Your email contains an invisible character. Type it instead of pasting it.",
  unreachableEmail: "We can't send to this email. Use one with only unaccented letters before the @.",
  enterUsername: "Enter a username.",
  usernameTaken: "This username is taken. Choose a different one.",
  "username.too-short": "Use at least 3 characters in your username.",
  "username.too-long": "Use at most 150 characters in your username.",
  "username.characters": "Use only letters, numbers, dots, hyphens and underscores in your username.",
  "username.invisible": "Your username contains an invisible character. Type it instead of pasting it.",
  "username.mixed-scripts": "Don't mix alphabets (for example Latin and Cyrillic) in your username.",
  "csrf.bad-token": "Your form expired. Please submit it again.",
  "csrf.other-account": "You've switched accounts since opening this form. Nothing was changed.",
  "csrf.foreign-origin": "This form was sent from another site. Nothing was changed.",
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
  accountReported: "You told us that someone else may have access to your account. Reset your password first.",
  accountChanged: "Your account was updated elsewhere. Review the changes and try again.",
  yes: "Yes",
  no: "No",
});
