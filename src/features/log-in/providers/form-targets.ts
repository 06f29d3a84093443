/** Lists the origins that a form may redirect to after a login. */
import type { Services } from "../../../core/services.ts";
import { guardedOrigins } from "../../../http/request/return-url.ts";

const known = new WeakMap<object, readonly string[]>();

/** The same list each time, since the headers of a page are cached by it. */
export function formTargets({ settings }: Services): readonly string[] {
  const cached = known.get(settings);
  if (cached) return cached;
  const targets = [...guardedOrigins(settings), ...settings.providerCallbacks.map((url) => new URL(url).origin)];
  known.set(settings, targets);
  return targets;
}
