/** Messages of changing a username. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("change-username", {
  title: "Username",
  current: "Your username is {username}.",
  released: "After the change, others can use your old username.",
  reserved: {
    plural: "days",
    one: "After the change, your old username stays reserved for you for {days} day.",
    other: "After the change, your old username stays reserved for you for {days} days.",
  },
  newUsername: "New username",
  submit: "Change username",
  changed: "Username updated.",
  enter: "Enter a new username.",
  same: "This is already your username. Choose a different one.",
  "event.username-changed": "Username changed",
  "email.subject": "Your username was changed",
  "email.intro": "Your username was changed.",
  "email.introWithNames": "Your username was changed from {before} to {after}.",
  "email.login": {
    select: "loginWith",
    email: "You still log in with your email.",
    username: "Use the new one to log in from now on.",
    both: "You still log in with your email, or with the new username.",
  },
});
