/** Says whether a site offers passkeys, without loading anything else of them. */
import { isIP } from "node:net";
import type { Settings } from "../../config/load.ts";

/** Why browsers refuse passkeys at this `BASE_URL`: an IP address has no RP ID, and http is no secure context. */
export function passkeyObstacle({ baseUrl }: Pick<Settings, "baseUrl">): "ip" | "http" | undefined {
  const { protocol, hostname } = new URL(baseUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return "ip";
  return protocol === "https:" || /^(?:[a-z0-9-]+\.)*localhost$/.test(hostname) ? undefined : "http";
}

type PasskeySettings = Pick<Settings, "passkeys" | "baseUrl">;

/** Kept, since menus ask on every page and parsing a URL takes 1 µs. */
const offered = new WeakMap<PasskeySettings, boolean>();

/** Whether they are on, and can work. */
export function offersPasskeys(settings: PasskeySettings): boolean {
  const known = offered.get(settings);
  if (known !== undefined) return known;
  const isOffered = settings.passkeys === "on" && passkeyObstacle(settings) === undefined;
  offered.set(settings, isOffered);
  return isOffered;
}
