/** Gathers what a login with a provider needs, for one lazy import. */
export { logOut } from "./back-channel.ts";
export { callback } from "./callback.ts";
export { showClaim, submitClaim } from "./claim.ts";
export { exchange } from "./exchange.ts";
export { showLink, submitLink } from "./link.ts";
export { paramsOf, repostPage } from "./repost.ts";
export { showSignUp, submitSignUp } from "./sign-up.ts";
export { start } from "./start.ts";
export { showSwitch, submitSwitch } from "./switch.ts";
