/** Messages of verifying an email. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("verify-email", {
  title: "Verify your email",
  codeIntro: "Enter the 6-digit code we sent to {email}, or follow the link in that email.",
  codeIntroUsername: "Enter the 6-digit code we sent to the email of {username}, or follow the link in that email.",
  verify: "Verify email",
  otherEmail: "Want to verify {email} instead?",
  otherUsername: "Want to verify the email of {username} instead?",
  sendThere: "Send a code to that email",
  askIntro: "We'll send a verification code to {email} if it still needs to be verified. The code only works in this browser.",
  askIntroUsername:
    "We'll send a verification code to the email of {username} if it still needs to be verified. The code only works in this browser.",
  send: "Send code",
  haveEmail: "Already have an email from us? Follow its link, or enter its code in the browser that requested it.",
  notAsked: "We haven't sent a code to this browser. Log in to request one.",
  logIn: "Log in",
  linkIntro: "Confirm that {email} is your email.",
  otherBrowser: "This isn't the browser you signed up in, so enter your password too.",
  forgot: "Forgot your password?",
  deadIntro: "If your email is already verified, log in. Otherwise, request a new code.",
  newCode: "Request a new code",
  notHere: "We haven't sent a code to this browser. Use the browser that requested it.",
  deadLink: "This link has expired or was already used.",
  verified: "Email verified.",
  verifiedLogIn: "Email verified. You can log in now.",
  alreadyVerified: "Your email is already verified.",
  usernameTaken: "The username “{wanted}” was taken, so yours is {username}. You can change it in Settings.",
  sent: "If this email still needs to be verified, we've sent a new code.",
  sentOrSignUp:
    "If this email still needs to be verified, we've sent a new code. If it doesn't arrive within a few minutes, sign up again.",
  "event.email-verified": "Email verified",
  "option.question": "Not verified yet?",
  "option.link": "Verify your email",
});
