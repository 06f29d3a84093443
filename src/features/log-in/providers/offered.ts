/** Tells which providers this site offers, and what they may do. */
import type { Provider } from "../../../core/providers/provider.ts";
import { pageWith, type Services } from "../../../core/services.ts";

export function isOffered({ settings }: Services): boolean {
  return settings.providers.length > 0;
}

export function findProvider({ settings }: Services, id: string): Provider | undefined {
  return settings.providers.find((each) => each.id === id);
}

/** Name of a provider, also of one that is no longer configured. */
export function providerName(s: Services, id: string): string {
  return findProvider(s, id)?.name ?? id;
}

/** Whether new users can sign up with it. */
export function canSignUp(s: Services, provider: Provider): boolean {
  return provider.signup === "on" && s.settings.signup !== "closed" && pageWith(s, "signup") !== undefined;
}

/** Whether it says when the user has authenticated, as only OpenID Connect does. */
export function canReauthenticate({ protocol }: Provider): boolean {
  return protocol.oauth === undefined;
}
