/** Messages of signing up with a passkey. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("passkey-signup", {
  link: "Continue with a passkey instead",
  heading: "Create account with a passkey",
  intro: "No password needed: your device or password manager keeps the passkey. We email you a code first.",
  button: "Continue",
  withPassword: "Use a password instead",
  createTitle: "Create your passkey",
  createIntro: "Your email is verified. Create a passkey to finish: you'll use it to log in.",
  createButton: "Create passkey",
  skip: "Skip for now",
  skipHint: "You can log in with an emailed code, and add a passkey later.",
  passkeyName: "Passkey",
  notSent: "Your browser sent no passkey. Try again.",
  expired: "That took too long. Try again.",
  refused: "This passkey can't be used. Try another device or password manager.",
  taken: "This passkey belongs to another account. Create a new one.",
  deadIntro: "Your sign-up has expired. Start again to get a new code.",
  deadProblem: "Your sign-up has expired. Start again.",
  again: "Start again",
  usernameTaken: "The username “{wanted}” was taken, so yours is {username}. You can change it in Settings.",
});
