/** Messages of the button that asks for a passkey. */
import { defineMessages } from "../../i18n/messages.ts";

export const messages = defineMessages("passkey-prompt", {
  missing: "Passkeys need JavaScript and a browser that supports them.",
  alreadyThere: "This device already has a passkey for your account. Use that one, or continue on another device.",
  wrongAddress: "Passkeys don't work at this address. Open the site at its usual address and try again.",
  notSupported: "This device can't use passkeys. Set up a screen lock, or use another device.",
  notUsed: {
    select: "place",
    login: "No passkey was used. Try again, or log in another way.",
    alone: "No passkey was used. Try again, or use the device that has your passkey.",
    confirmation: "No passkey was used. Try again, or choose another way.",
  },
  notCreated: "No passkey was created. Try again, or use another device.",
  failed: "Your device couldn't complete this. Try again, or use another device.",
  unreachable: "The site can't be reached. Check your connection and try again.",
});
