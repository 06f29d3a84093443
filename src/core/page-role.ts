/** Names the pages that others link to, by role. */

/** Roles of pages that other features, the layout and core link to. Each is of one page at most. */
export type PageRole =
  | "front"
  | "home"
  | "signup"
  | "email-verification"
  | "email-change"
  | "password-change"
  | "passkeys"
  | "sessions"
  | "signup-finish"
  | "reauthentication"
  | "lost-factors"
  | "two-factor"
  | "inbox"
  | "language";
