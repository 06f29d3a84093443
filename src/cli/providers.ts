/** Implements `latchkey providers`: lists and checks the providers of "Continue with …". */
import { Command } from "commander";
import { readProcessSettings } from "../config/load.ts";
import { presets } from "../config/providers/presets.data.ts";
import { systemClock } from "../core/clock.ts";
import { noCustomization } from "../core/customization.ts";
import type { ProviderCheck } from "../core/providers/check.ts";
import { type Provider, redirectUri } from "../core/providers/provider.ts";
import { createRandomSource } from "../platform/crypto/random-pool.ts";
import { suggest } from "../platform/suggest.ts";
import { CommandError, newCommand } from "./command.ts";
import { endProgress, print, printable, showProgress, styled, table } from "./terminal.ts";

interface Options {
  readonly json?: true;
}

export function providersCommand(): Command {
  return new Command("providers")
    .description('list and check the providers of "Continue with …"')
    .addCommand(listCommand())
    .addCommand(testCommand());
}

function listCommand(): Command {
  return newCommand("list", "list the providers in PROVIDERS, with the callback URL to register at each", [
    "providers list",
    "providers list --json",
  ]).action(({ json }: Options) => {
    const settings = readProcessSettings();
    const providers = settings.providers.map((provider) => ({ ...shown(provider), callbackUrl: redirectUri(settings, provider) }));
    const rows = providers.map(({ id, name, issuer, signup, link, callbackUrl }) => [id, name, issuer, signup, link, callbackUrl]);
    print(
      { json },
      { json: { providers }, text: table(["id", "name", "issuer", "sign-up", "link", "callback url"], rows, "PROVIDERS is empty.") },
    );
  });
}

/** Without the secret. */
function shown({ id, name, preset, issuer, clientId, scopes, signup, link, domains, roles, trustAmr, keepTokens }: Provider) {
  return { id, name, preset, issuer, clientId, scopes, signup, link, domains, roles, trustAmr, keepTokens };
}

function testCommand(): Command {
  return newCommand("test", "check whether users can log in at a provider: address, keys, clock, client ID and secret", [
    "providers test github",
    "providers test",
  ])
    .argument("[name]", "name in PROVIDERS; all of them by default")
    .addHelpText(
      "after",
      "\nPrints one line per provider: what is wrong, and what to do. Nobody is logged in.\nExits 1 if anything is wrong, 0 otherwise.",
    )
    .action(async (name: string | undefined, { json }: Options) => {
      const settings = readProcessSettings();
      const s = { settings, custom: noCustomization, now: systemClock, random: createRandomSource() };
      const { checkProvider } = await import("../core/providers/check.ts");
      showProgress("Asking the provider …");
      const results = await Promise.all(
        named(settings.providers, name).map(async (provider) => ({ provider: provider.id, ...(await checkProvider(s, provider)) })),
      ).finally(endProgress);
      print({ json }, { json: { results }, text: results.map(lineOf).join("\n") });
      if (results.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

function named(providers: readonly Provider[], name: string | undefined): readonly Provider[] {
  if (providers.length === 0) throw new CommandError("PROVIDERS is empty: see docs/providers.md");
  const found = name === undefined ? providers : providers.filter(({ id }) => id === name);
  if (found.length > 0) return found;
  const ids = providers.map(({ id }) => id);
  throw new CommandError(`no provider "${name}" in PROVIDERS (${ids.join(", ")})${adviceFor(name ?? "", ids)}`);
}

function adviceFor(name: string, ids: readonly string[]): string {
  if (Object.hasOwn(presets, name)) return `: add ${name} to PROVIDERS, as in docs/providers.md`;
  const meant = suggest(name, ids);
  return meant === undefined ? "" : `: did you mean ${meant}?`;
}

function lineOf(result: ProviderCheck & { readonly provider: string }): string {
  if (!result.ok) return `${result.provider}  ${styled("red", "error")}  ${printable(`${result.problem} ${result.fix}`)}`;
  const client = result.isClientAccepted
    ? "It accepts the client ID and the secret."
    : "It can be reached; the first login shows whether the secret is right.";
  return `${result.provider}  ok  ${client} Its callback URL must be ${result.redirectUri}.`;
}
