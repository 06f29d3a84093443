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
});
