/** Messages of logging in by email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("email-login", {
  button: "Email me a code",
  askTitle: "Log in by email",
  askIntro: {
    select: "passwords",
    on: "We'll email you a code and a link. You don't need a password.",
    off: "We'll email you a code and a link.",
  },
  askName: { select: "loginWith", email: "Email", username: "Username", both: "Email or username" },
  enterName: {
    select: "loginWith",
    email: "Enter your email.",
    username: "Enter your username.",
    both: "Enter your email or username.",
  },
  remember: "Remember me",
  rememberHint: "Stay logged in on this device. Not recommended on shared computers.",
  withPassword: {
    select: "passwords",
    on: "Log in with a password",
    off: "Log in another way",
  },

  codeIntro: "Enter the 6-digit code we sent to {email}, or follow the link in that email.",
  codeIntroUsername:
    "If {username} has an account, we've sent a 6-digit code to its email. Enter the code, or follow the link in that email.",
  logIn: "Log in",
  again: "We've sent a new code, unless you asked for too many.",
  notAsked: "We haven't sent a code to this browser. Request one first.",

  linkTitle: "Log in by email",
  linkIntro: "Log in as {email}.",
  linkSignUp: "Create an account for {email}.",
  continue: "Continue",
  elsewhereTitle: "Enter this code in the other browser",
  elsewhereIntro: "This isn't the browser that requested the login for {email}. Enter this code there:",
  elsewhereWarning: "If you didn't request it, close this page. Never enter the code on another site, and never give it to anyone.",
  otherBrowser: "This isn't the browser that requested the login. Enter the code there.",
  deadProblem: "This link has expired or was already used. Request a new one.",
  deadIntro: "Login links expire after 10 minutes and can be used once.",
  newCode: "Request a new code",

  newTitle: "Create account",
  newIntro: "{email} is verified. Choose a username.",
  create: "Create account",
  newExpired: "This sign-up has expired. Request a new code.",
  emailTaken: "An account with this email already exists. Request a new code to log in.",
  firstProof: "Your email is verified. Earlier ways to log in were removed, because you may not be the one who added them.",

  title: "Login by email",
  purpose: "Log in with a code that we email to you.",
  purposeNeedsOthers: {
    select: "ways",
    "password passkey":
      "Log in with a code that we email to you. To turn it off, you need two other ways to log in, such as a password and a passkey.",
    passkeys: "Log in with a code that we email to you. To turn it off, you need two other ways to log in, such as two passkeys.",
    any: "Log in with a code that we email to you. To turn it off, you need two other ways to log in.",
  },
  settingOn: "On",
  settingOff: "Off",
  onIntro: "A code or a link sent to {email} logs you in.",
  offIntro: "You can't log in with codes and links by email.",
  resetStays: "You can still reset your password by email.",
  needsOthers: {
    select: "ways",
    "password passkey": "To turn it off, you need two other ways to log in, such as a password and a passkey.",
    passkeys: "To turn it off, you need two other ways to log in, such as two passkeys.",
    any: "To turn it off, you need two other ways to log in.",
    none: "It can't be turned off, because this site doesn't offer two other ways to log in.",
  },
  turnOff: "Turn off",
  turnOn: "Turn on",
  turnedOff: "Login by email turned off.",
  turnedOn: "Login by email turned on.",

  codeLabel: "Code from your email",
  sendIntro: "We'll email a code to {email}.",
  confirmWithCode: "Confirm with code",
  codeSent: "We've emailed a code to you.",
  sendAgainQuestion: "Didn't get the email?",
  sendAgain: "Send a new code",

  "event.login-code-sent": "Login code requested",
  "event.login-code-failed": "Incorrect login code entered",
  "event.email-login-first": "Email verified by a login code, and earlier credentials removed",
  "event.email-login-off": "Login by email turned off",
  "event.email-login-on": "Login by email turned on",
});
