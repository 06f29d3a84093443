/** Messages of the administrators' pages. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("admin", {
  disabled: "Account disabled. All its sessions have ended.",
  enabled: "Account enabled.",
  sessionsEnded: "All sessions have ended.",
  verified: "Email marked as verified.",
  resetSent: "Password reset email sent.",
  roleAdded: "Role added.",
  roleRemoved: "Role removed.",
  unchanged: "Nothing to change.",
  "event.account-imported": "The operator of this site brought the account from another application",
  "event.account-created-by-operator": "The operator of this site made the account",
  "event.account-erased-by-operator": "The operator of this site erased the account",
  "event.account-disabled": "The operator of this site shut the account",
  "event.account-enabled": "The operator of this site opened the account again",
  "event.role-granted": "The operator of this site gave you a role",
  "event.role-revoked": "The operator of this site took a role from you",
  "event.password-set-by-operator": "The operator of this site replaced the password",
  "event.email-confirmed-by-operator": "The operator of this site confirmed the e-mail address",
  "event.reset-sent-by-operator": "The operator of this site sent a letter to choose a new password",
  "event.session-ended-by-operator": "The operator of this site logged out a device",
  "event.sessions-ended-by-operator": "The operator of this site logged out all devices",
  "event.database-restored": "The operator of this site put a backup in place",
  "card.title": "People and events",
  "card.text": "What operators of this site see.",
});
