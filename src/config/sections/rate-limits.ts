/** Settings of rate limits: logins, emails, codes and sign-ups. */
import { budget } from "../parsers.ts";
import type { Section } from "../setting.ts";

const format = "a count per duration, such as 10/1m";

export const rateLimits = {
  loginPerAccount: {
    env: "LIMIT_LOGIN_PER_ACCOUNT",
    default: "10/1m",
    schema: budget(),
    format,
    description: "Failed logins per account.",
  },
  loginPerIp: {
    env: "LIMIT_LOGIN_PER_IP",
    default: "100/10m",
    schema: budget(),
    format,
    description: "Failed logins per IP address. An IPv6 /64 counts as one.",
  },
  loginPerSite: {
    env: "LIMIT_LOGIN_PER_SITE",
    default: "10000/10m",
    schema: budget(),
    format,
    description: "Failed logins in total.",
  },
  loginPerDevice: {
    env: "LIMIT_LOGIN_PER_DEVICE",
    default: "10/1m",
    schema: budget(),
    format,
    description:
      "Failed logins per account from devices that have logged in before. A separate limit: attackers elsewhere cannot lock the user out.",
  },
  emailsPerInbox: {
    env: "LIMIT_EMAILS_PER_INBOX",
    default: "5/1h",
    schema: budget(),
    format,
    description:
      "Requested emails per recipient. Sign-up emails have a separate limit of the same size, and so have those that logged-in users request; of these, those to the account's verified inbox count per account.",
  },
  emailsPerInboxLong: {
    env: "LIMIT_EMAILS_PER_INBOX_LONG",
    default: "15/1d",
    schema: budget(),
    format,
    description: "Requested emails per recipient over a longer period.",
  },
  emailsPerInboxAndIp: {
    env: "LIMIT_EMAILS_PER_INBOX_AND_IP",
    default: "4/8h",
    schema: budget(),
    format,
    description:
      "Requested emails per recipient and IP address. Keep it below `LIMIT_EMAILS_PER_INBOX`, or one IP address can use up the limit of the recipient.",
  },
  emailsPerDevice: {
    env: "LIMIT_EMAILS_PER_DEVICE",
    default: "10/1d",
    schema: budget(),
    format,
    description:
      "Password reset emails per account from devices that have logged in before. A separate limit: attackers elsewhere cannot block the user's reset.",
  },
  noticesPerInbox: {
    env: "LIMIT_NOTICES_PER_INBOX",
    default: "10/1h",
    schema: budget(),
    format,
    description:
      "Security notices per account. Beyond it, one notice of each kind is sent per hour. Unverified accounts with one recipient share a limit.",
  },
  emailsPerIp: {
    env: "LIMIT_EMAILS_PER_IP",
    default: "30/1h",
    schema: budget(),
    format,
    description: "Requested emails per IP address.",
  },
  codesPerIp: {
    env: "LIMIT_CODES_PER_IP",
    default: "30/10m",
    schema: budget(),
    format,
    description: "Codes and email links tried per IP address.",
  },
  twoFactorCodes: {
    env: "LIMIT_TWO_FACTOR_CODES",
    default: "30/1d",
    schema: budget(),
    format,
    description:
      "Wrong codes of authenticator apps per account at the second step of a login, beside the fixed limit of ten an hour. Devices that have passed the second step before have a separate limit of the same size, and so has re-authentication.",
  },
  passwordChanges: {
    env: "LIMIT_PASSWORD_CHANGES",
    default: "10/1h",
    schema: budget(),
    format,
    description: "Password changes per account in the settings.",
  },
  signupPerIp: {
    env: "LIMIT_SIGNUP_PER_IP",
    default: "20/1h",
    schema: budget(),
    format,
    description: "Sign-ups, and usernames and emails tried, per IP address.",
  },
} satisfies Section;
