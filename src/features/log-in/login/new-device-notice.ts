/** Emails the owner of an account about a login from a new device. */
import { recordEvent } from "../../../core/audit/log.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { NewDeviceNotice } from "../../../core/services.ts";
import { messages } from "./login.messages.ts";

export const newDeviceNotice: NewDeviceNotice = async (tx, user, info) => {
  await recordEvent(tx, user.id, "new-device-login", info);
  const t = emailWords(tx, messages, { to: user, info });
  const { siteName } = tx.settings;
  await sendSecurityNotice(tx, user, info, {
    kind: "new-device-login",
    subject: t("email.newDevice.subject"),
    paragraphs: [t("email.newDevice.intro", { siteName })],
  });
};
