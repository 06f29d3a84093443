/** Messages of errors that any route may return. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("errors", {
  notFound: "There's no page at this URL. Check it for typos.",
  methodNotAllowed: "This URL doesn't support that method.",
  tooLarge: "The request is too large. Nothing was changed.",
  unreadable: "The request body is malformed.",
  unsupportedEncoding: "Compressed request bodies are not supported.",
  unsupportedType: "Only forms and JSON in UTF-8 are supported.",
  foreignOrigin: "This request was blocked because it came from another site.",
  roleRequired: "You don't have permission to view this page.",
  tokenRequired: "Metrics require a bearer token.",
  otherEmail: "You've since opened a link from another email in this browser. To use this one, open its link again.",
  pending: "We're still processing this form. Wait a moment, then check the result.",
  busy: "Too many people are logging in right now. Try again in a few seconds.",
  unavailable: "The service is temporarily unavailable. Try again in a few seconds.",
  internal: "There's a problem on our side. Try again in a few minutes.",
});
