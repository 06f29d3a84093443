/** Messages of signing up. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("signup", {
  title: "Create account",
  logInQuestion: "Already have an account? {link}",
  logIn: "Log in",
  emailTaken: "An account with this email already exists. Log in or use a different email.",
  created: "Account created successfully! Please log in.",
  "event.signup-tried": "Sign-up attempted with your email",
  "option.question": "Don't have an account?",
  "email.subject": "You already have an account at {siteName}",
  "email.intro": "Someone tried to sign up at {siteName} with this email. You already have an account, so nothing was changed.",
  "email.action": "Log in",
  "email.forgot": "Forgot your password?",
  "email.reason":
    "You're receiving this because you have an account at {siteName}. If you didn't sign up again, you can ignore this email.",
});
