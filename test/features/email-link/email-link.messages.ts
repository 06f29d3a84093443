/** Messages of logging in by an email link. */
import { defineMessages } from "../../../src/i18n/messages.ts";

export const messages = defineMessages("email-link", {
  title: "Log in by email",
  intro: "We'll email you a link that logs you in.",
  email: "Email",
  send: "Send link",
  emailMissing: "Enter your email.",
  asked: "If an account exists for that email, we've sent a link.",
  openTitle: "Log in",
  openIntro: "Log in as {email}.",
  open: "Log in",
  dead: "This link has expired or was already used.",
  "option.link": "Log in with an email link",
  "event.email-link-requested": "Email link requested",
  "email.subject": "Log in to {siteName}",
  "email.intro": "Follow this link to log in to {siteName}. It expires in 15 minutes and can be used once.",
  "email.action": "Log in",
  "email.reason": "You're receiving this because someone requested it for your account. If it wasn't you, you can ignore this email.",
});
