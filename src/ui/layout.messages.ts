/** Messages of the page layout. */
import { defineMessages } from "../i18n/messages.ts";

export const messages = defineMessages("layout", {
  errorTitle: "Error: {title}",
  skip: "Skip to content",
  mainNavigation: "Main",
  logIn: "Log in",
  signUp: "Create account",
  dashboard: "Dashboard",
  settings: "Settings",
  menu: "Menu",
  settingsMenu: "Settings menu",
  breadcrumb: "Breadcrumb",
  logOut: "Log out",
  language: "Language",
  loggedInAs: "Logged in as {username}",
});
