/** Messages of removing a password, and of setting one again. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("remove-password", {
  title: "Remove password",
  offer: "Want to log in without a password? {link}",
  offerLink: "Remove your password",
  intro: "You won't need a password to log in any more.",
  held: { plural: "held", one: "You log in with your passkey.", other: "You log in with one of your {held} passkeys." },
  inbox: "You can also log in with a code that we email to you.",
  forgot: "“Forgot your password?” stops working for your account.",
  forgotWithCodes:
    "If you lose your devices, “Forgot your password?” together with one of your recovery codes lets you in. Keep them safe.",
  devices: "Your other devices are logged out.",
  back: "You can set a password again in the settings, with a link that we email to you.",
  button: "Remove password",
  notYet: {
    select: "codes",
    on: "To log in without a password, you need two other ways: two passkeys, or a passkey and recovery codes. If you lose one, the other lets you in.",
    off: "To log in without a password, you need two other ways, such as two passkeys. If you lose one, the other lets you in.",
  },
  notYetWithInbox: "To log in without a password, add a passkey first. You can then log in with it or with an emailed code.",
  addPasskey: "Add a passkey",
  keep: "Keep password",
  backToPassword: "Back to password",
  removed: "Password removed. Your other devices have been logged out.",
  gone: "Your account has no password.",
  setIntro: "Your account has no password. We can email you a link to set one.",
  setButton: "Email me a link to set a password",
  setSent: "We've emailed you a link to set a password. It expires in 30 minutes.",
  "event.password-removed": "Password removed",
  "event.password-wanted": "Link to set a password requested",
  "email.subject": "Your password was removed",
  "email.intro":
    "The password of your {siteName} account was removed, and all other devices were logged out. You now log in without a password.",
});
