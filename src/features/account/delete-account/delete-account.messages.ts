/** Messages of deleting an account. */
import { defineMessages } from "../../../i18n/messages.ts";

export const messages = defineMessages("delete-account", {
  title: "Delete account",
  "card.text": "Permanently delete your account and your data.",
  immediate: "You'll be logged out everywhere, and your account and data will be deleted immediately. This can't be undone.",
  delayed: {
    plural: "days",
    one: "You'll be logged out everywhere. You can cancel by logging in within {days} day. After that, deletion is permanent.",
    other: "You'll be logged out everywhere. You can cancel by logging in within {days} days. After that, deletion is permanent.",
  },
  typeUsername: "To continue, enter your username: {username}",
  username: "Username",
  lastAdmin: "Delete my account even though I'm the only administrator",
  lastAdminHint: "This site will be left without an administrator. To avoid that, give another user the role “admin” first.",
  submit: "Delete account",
  wrongUsername: "Enter your username as shown above.",
  confirmLastAdmin: "Confirm that you want to delete your account even though you're the only administrator.",
  deleted: "Account deleted.",
  scheduled: "Your account will be deleted on {date}. To keep it, log in before then.",
  "event.deletion-requested": "Account deletion requested",
  "email.deleted.subject": "Your account was deleted",
  "email.deleted.intro": "Your account and your data were deleted, as you requested. You won't receive any more email from us.",
  "email.deleted.reason": "You're receiving this because you had an account at {siteName}.",
  "email.scheduled.subject": "Your account will be deleted",
  "email.scheduled.intro": "You asked us to delete your account. Your account and your data will be deleted on {date}.",
  "email.scheduled.keep": "To keep your account, log in before then.",
});
