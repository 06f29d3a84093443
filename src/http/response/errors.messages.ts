/** Messages of errors that any route may return. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("errors", {
  notFound: "There's no page at this URL.",
  methodNotAllowed: "This URL doesn't support that method.",
  tooLarge: "The request is too large. Nothing was changed.",
  unreadable: "The request body is malformed.",
  unsupportedEncoding: "Compressed request bodies are not supported.",
  unsupportedType: "Send a form or JSON in UTF-8. Nothing was changed.",
  foreignOrigin: "The request came from another site. Nothing was changed.",
  roleRequired: "You don't have permission to view this page.",
  tokenRequired: "Metrics require a bearer token.",
  otherEmail: "A link from another email was opened in this browser. Nothing was changed: open the link in your email again.",
  pending: "This form is still being processed. Wait a moment, then check the result.",
  busy: "Too many people are logging in right now. Try again in a few seconds.",
  unavailable: "The service is temporarily unavailable. Try again in a few seconds.",
  internal: "Something went wrong on our side. Try again.",
});
