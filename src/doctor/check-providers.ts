/** Checks whether users could log in at each provider. */
import type { Settings } from "../config/load.ts";
import { noCustomization } from "../core/customization.ts";
import { createRandomSource } from "../platform/crypto/random-pool.ts";
import type { Finding } from "./findings.ts";

/** Without a network: what a callback URL must be. */
export function checkProviderSettings({ providers, baseUrl }: Settings): Finding[] {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol === "https:" || !providers.some(({ preset }) => preset === "apple")) return [];
  const problem = `Apple accepts no callback URL with http, and the host is ${hostname}.`;
  const risk = "Users can't log in with Apple.";
  return [{ level: "warning", setting: "BASE_URL", problem, risk, fix: "Set it to an https URL, or try Apple on a deployed site." }];
}

/** Asks each provider. */
export async function checkProviders(settings: Settings, now: () => number): Promise<Finding[]> {
  if (settings.providers.length === 0) return [];
  const { checkProvider } = await import("../core/providers/check.ts");
  const s = { settings, custom: noCustomization, now, random: createRandomSource() };
  const findings = settings.providers.map(async (provider): Promise<Finding[]> => {
    const result = await checkProvider(s, provider);
    if (result.ok) return [];
    const { setting, problem, fix } = result;
    return [{ level: "error", setting, problem, risk: `Users can't log in with ${provider.name}.`, fix }];
  });
  return (await Promise.all(findings)).flat();
}
