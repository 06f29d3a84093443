/** Messages of the new password fields. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("new-password", {
  label: "Password",
  confirmLabel: "Confirm password",
  newLabel: "New password",
  confirmNewLabel: "Confirm new password",
  hint: {
    plural: "count",
    one: "At least {count} character. Use any characters, including spaces. A few random words are easy to remember.",
    other: "At least {count} characters. Use any characters, including spaces. A few random words are easy to remember.",
  },
  hintWithRules: {
    plural: "count",
    one: "At least {count} character, with an uppercase letter and a number.",
    other: "At least {count} characters, with an uppercase letter and a number.",
  },
  enter: "Enter a password.",
  enterNew: "Enter a new password.",
  confirm: "Confirm your password.",
  confirmNew: "Confirm your new password.",
  mismatch: "The passwords don't match. Enter them again.",
  "too-short": {
    plural: "count",
    one: "Use at least {count} character in your password.",
    other: "Use at least {count} characters in your password.",
  },
  "too-long": {
    plural: "count",
    one: "Use at most {count} character in your password.",
    other: "Use at most {count} characters in your password.",
  },
  "not-text": "Your password contains an invalid character. Type it again.",
  "needs-upper-and-digit": "Use at least one uppercase letter and one number in your password.",
  common: "This password is too common. Choose a different one.",
  breached: "This password has appeared in a data breach. Choose a different one.",
  "context-words": "This password is too similar to your name, your email or this site's name. Choose a different one.",
});
