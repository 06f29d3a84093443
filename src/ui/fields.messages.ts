/** Messages of form fields. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("fields", {
  problemPrefix: "Error:",
  summaryTitle: "There is a problem",
  show: "Show",
  hide: "Hide",
  showPassword: "Show password",
  hidePassword: "Hide password",
  strengthVeryWeak: "Very weak: easy to guess.",
  strengthWeak: "Weak: add more words.",
  strengthFair: "Fair: add another word.",
  strengthGood: "Strong.",
  strengthVeryGood: "Very strong.",
  none: "None",
  chooseOne: "Choose one",
});
