/** Messages of error pages. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("error-page", {
  title400: "Bad request",
  title401: "Login required",
  title403: "Access denied",
  title404: "Page not found",
  title405: "Method not allowed",
  title409: "Couldn't complete your request",
  title413: "Request too large",
  title415: "Unsupported request",
  title429: "Too many attempts",
  title500: "Something went wrong",
  title503: "Service unavailable",
  titleOther: "Something went wrong",
  support: "If this keeps happening, contact support and quote request ID {requestId}.",
  home: "Go to the home page",
});
