/** Settings for tests that send more emails than the limits of production allow. */
export const noEmailLimits = {
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_LONG: "1000/1d",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
};
