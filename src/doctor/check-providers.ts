/** Checks whether users could log in at each provider. */
import type { Settings } from "../config/load.ts";
import { noCustomization } from "../core/customization.ts";
import { callbackProblem } from "../core/providers/callback-url.ts";
import { createRandomSource } from "../platform/crypto/random-pool.ts";
import type { Finding } from "./findings.ts";

/** Without a network: what a callback URL must be. */
export function checkProviderSettings(settings: Settings): Finding[] {
  return settings.providers.flatMap((provider): Finding[] => {
    const refused = callbackProblem(settings, provider);
    return refused ? [{ level: "warning", setting: "BASE_URL", ...refused, risk: `Users can't log in with ${provider.name}.` }] : [];
  });
}

/** Asks each provider whose callback URL {@link checkProviderSettings} finds no fault with. */
export async function checkProviders(settings: Settings, now: () => number): Promise<Finding[]> {
  if (settings.providers.length === 0) return [];
  const { checkProvider } = await import("../core/providers/check.ts");
  const s = { settings, custom: noCustomization, now, random: createRandomSource() };
  const asked = settings.providers.filter((provider) => callbackProblem(settings, provider) === undefined);
  const findings = asked.map(async (provider): Promise<Finding[]> => {
    const result = await checkProvider(s, provider);
    if (result.ok) return [];
    const { setting, problem, fix } = result;
    return [{ level: "error", setting, problem, risk: `Users can't log in with ${provider.name}.`, fix }];
  });
  return (await Promise.all(findings)).flat();
}
