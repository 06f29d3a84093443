/** Reads the providers of "Continue with …" from their settings. */
import { createPrivateKey } from "node:crypto";
import { suggest } from "../../platform/suggest.ts";
import { isDomain } from "../parsers.ts";
import { quoted, SettingsError } from "../settings-error.ts";
import { atGithub, githubOrigin } from "./github-enterprise.ts";
import { oidc, type Preset, presets, profileClaims } from "./presets.data.ts";
import type { ClaimedRole, Protocol, Provider, SigningKey } from "./provider.ts";
import { type Environment, isIssuer, readKeyFile, type Suffix, suffixes, type Variables, variable, variablesOf } from "./variables.ts";

/** Throws {@link SettingsError} for the first setting that is missing, malformed or unknown. Uses no network. */
export function readProviders(ids: readonly string[], env: Environment): Provider[] {
  rejectUnknown(ids, env);
  const providers = ids.map((id) => readProvider(id, variablesOf(env, id)));
  for (const { id, issuer } of providers) {
    const own = variablesOf(env, id);
    const same = own.get("PRESET") && providers.find((other) => other.id !== id && other.issuer === issuer);
    if (same) throw new SettingsError(`${own.nameOf("PRESET")} leads to the issuer of ${same.id}, ${issuer}. ${adviceForIssuer(own)}`);
  }
  return providers;
}

/** Whether a variable may be one of a provider. */
export function isProviderSetting(name: string, ids: readonly string[]): boolean {
  return ownerOf(name, ids) !== undefined || endsInSuffix(name) !== undefined;
}

function adviceForIssuer(own: Variables): string {
  const preset = own.get("PRESET") ?? "";
  const suffix = (["ISSUER", "TENANT"] as const).find((each) => takenBy[each]?.includes(preset));
  return suffix === undefined ? "There is only one." : `Set ${own.nameOf(suffix)}: each needs its own.`;
}

/** Misspelled or forgotten: each setting of a provider belongs to one that is listed. */
function rejectUnknown(ids: readonly string[], env: Environment): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith("PROVIDER_") || !env[name]) continue;
    const owner = ownerOf(name, ids);
    if (owner !== undefined) {
      const suffix = name.slice(variable(owner, "").length);
      if (suffix in suffixes) continue;
      const meant = suggest(suffix, Object.keys(suffixes), 3);
      const advice = meant === undefined ? "See docs/providers.md for all settings." : `Did you mean ${variable(owner, meant)}?`;
      throw new SettingsError(`Unknown setting ${name}. ${advice}`);
    }
    const suffix = endsInSuffix(name);
    if (suffix === undefined) continue;
    const id = name
      .slice("PROVIDER_".length, -suffix.length - 1)
      .toLowerCase()
      .replaceAll("_", "-");
    throw new SettingsError(
      `${name} is set, but PROVIDERS ${ids.length === 0 ? "is empty" : `does not include ${id}`}. ${adviceFor(id, ids)}`,
    );
  }
}

function adviceFor(id: string, ids: readonly string[]): string {
  if (ids.length === 0) return `Set PROVIDERS=${id}, or remove all PROVIDER_… settings if you do not want providers.`;
  // Of two names for the same provider, the one that is no preset and has no settings is misspelled.
  const misspelled = Object.hasOwn(presets, id)
    ? suggest(
        id,
        ids.filter((each) => !Object.hasOwn(presets, each)),
      )
    : undefined;
  const all = misspelled === undefined ? [...ids, id] : ids.map((each) => (each === misspelled ? id : each));
  return `${misspelled === undefined ? "Set" : "Did you mean"} PROVIDERS=${all.join(",")}${misspelled === undefined ? ", or remove its settings." : "?"}`;
}

/** The longest ID that the variable begins with. */
function ownerOf(name: string, ids: readonly string[]): string | undefined {
  return ids.filter((id) => name.startsWith(variable(id, ""))).toSorted((a, b) => b.length - a.length)[0];
}

function endsInSuffix(name: string): string | undefined {
  return Object.keys(suffixes).find(
    (suffix) => /^PROVIDER_[A-Z0-9_]+$/.test(name) && name.length > suffix.length + 10 && name.endsWith(`_${suffix}`),
  );
}

function readProvider(id: string, own: Variables): Provider {
  const { preset, name: presetName } = presetOf(id, own);
  rejectForeign(presetName, own);
  const name = own.get("NAME") ?? (presetName === id ? preset.name : `${id[0]?.toUpperCase()}${id.slice(1)}`);
  if (name.length > 40) throw own.refuse("NAME", "a name of 1 to 40 characters");
  const { issuer, protocol } = issuerOf(presetName, preset, own);
  return {
    id,
    name,
    preset: presetName,
    issuer,
    protocol,
    clientId: own.require("CLIENT_ID", `the client ID that ${name} shows for your app (docs/providers.md)`),
    ...secretOf(presetName, name, own),
    scopes: scopesOf(preset, own),
    link: own.choice("LINK", ["verified", "off"]),
    signup: own.choice("SIGNUP", ["on", "off"]),
    domains: domainsOf(own),
    roles: rolesOf(protocol, own),
    trustAmr: trustsAmr(name, protocol, own),
    keepTokens: own.choice("KEEP_TOKENS", ["off", "on"]) === "on",
  };
}

function presetOf(id: string, own: Variables): { preset: Preset; name: string } {
  const preset = Object.hasOwn(presets, id) ? presets[id] : undefined;
  const wanted = own.get("PRESET") ?? id;
  if (preset) {
    if (wanted === id) return { preset, name: id };
    throw new SettingsError(`${own.nameOf("PRESET")} must not be set: ${id} is a preset. Choose a name of your own for another one.`);
  }
  const chosen = Object.hasOwn(presets, wanted) ? presets[wanted] : undefined;
  if (chosen) return { preset: chosen, name: wanted };
  if (wanted !== id) throw own.refuse("PRESET", `one of ${Object.keys(presets).join(", ")}`);
  if (own.get("ISSUER") !== undefined) return { preset: oidc, name: "oidc" };
  const meant = suggest(id, Object.keys(presets));
  const advice = `${meant === undefined ? "Set" : `Did you mean ${meant}? Else set`} ${own.nameOf("ISSUER")}`;
  throw new SettingsError(`PROVIDERS includes ${id}, which has no preset. ${advice} to the URL of its OpenID Connect issuer.`);
}

/** Settings that only some presets have. */
const takenBy: Readonly<Partial<Record<Suffix, readonly string[]>>> = {
  ISSUER: ["oidc", "gitlab", "github"],
  TENANT: ["microsoft"],
  KEY_FILE: ["apple"],
  KEY_ID: ["apple"],
  TEAM_ID: ["apple"],
};

function rejectForeign(preset: string, own: Variables): void {
  for (const [suffix, takers] of Object.entries(takenBy) as [Suffix, readonly string[]][]) {
    if (own.get(suffix) === undefined || takers.includes(preset)) continue;
    const named = own.get("PRESET") === undefined ? "a name of your own" : "a name without a preset";
    const names = takers.map((each) => (each === "oidc" ? named : each));
    const whose = new Intl.ListFormat("en-GB").format(names);
    throw new SettingsError(`${own.nameOf(suffix)} must not be set: it is for ${whose}.`);
  }
}

/** Tenant of personal accounts. */
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad";
const issuersOfManyTenants = ["{tenantid}", "common", "organizations", "consumers", consumers];

function issuerOf(presetName: string, preset: Preset, own: Variables): { issuer: string; protocol: Protocol } {
  if (presetName === "microsoft") {
    const tenant = own.get("TENANT")?.toLowerCase() ?? "common";
    if (!/^(?:common|organizations|consumers|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.test(tenant))
      throw own.refuse("TENANT", "common, organizations, consumers or the directory (tenant) ID");
    const discovery = preset.issuer.replace("{tenantid}", tenant);
    const id = { common: "{tenantid}", organizations: "{tenantid}", consumers }[tenant] ?? tenant;
    const issuer = preset.issuer.replace("{tenantid}", id);
    // One tenant: its administrators are the site's.
    const { ownClaims: _, ...trusted } = preset.protocol;
    const personal = id === consumers ? { ...trusted, chosenClaims: profileClaims } : trusted;
    const protocol = id === "{tenantid}" ? preset.protocol : personal;
    return { issuer, protocol: { ...protocol, discovery, tenant } };
  }
  const issuer = own.get("ISSUER") ?? preset.issuer;
  if (!isIssuer(issuer)) throw own.refuse("ISSUER", "an https URL without a query, such as https://login.example.com");
  if (presetName === "github") {
    const origin = githubOrigin(issuer);
    if (origin === undefined) throw own.refuse("ISSUER", "the URL of your GitHub Enterprise, such as https://github.example.com");
    return { issuer: origin, protocol: origin === preset.issuer ? preset.protocol : atGithub(preset.protocol, origin) };
  }
  return { issuer, protocol: protocolAt(issuer, preset, own) };
}

/** Account takeover: a preset's issuer vouches for emails, identifies users and gives roles in its own way, whatever name it has here. */
function protocolAt(issuer: string, preset: Preset, own: Variables): Protocol {
  if (issuer === preset.issuer) return preset.protocol;
  const isIssuerOf = ([id, each]: [string, Preset]) =>
    id === "microsoft"
      ? issuersOfManyTenants.some((tenant) => issuer === each.issuer.replace("{tenantid}", tenant))
      : issuer === each.issuer;
  const [id, same] = Object.entries(presets).find(isIssuerOf) ?? [];
  if (id === undefined || same === undefined) return preset.protocol;
  // Without OpenID Connect, or with several tenants, more than the issuer is needed.
  if (id === "microsoft" || same.protocol.oauth !== undefined)
    throw new SettingsError(
      `${own.nameOf("ISSUER")} must not be ${quoted(issuer)}: it is that of the preset ${id}. Set PROVIDERS=${id} and its settings instead.`,
    );
  return same.protocol;
}

function secretOf(presetName: string, name: string, own: Variables): { secret: string | undefined; key: SigningKey | undefined } {
  if (presetName === "apple") {
    if (own.get("SECRET") !== undefined)
      throw new SettingsError(`${own.nameOf("SECRET")} must not be set: it is made from the key in ${own.nameOf("KEY_FILE")}.`);
    const path = own.require("KEY_FILE", "the path of the .p8 file that Apple lets you download once");
    const id = own.require("KEY_ID", "the ID of that key, of 10 characters");
    return {
      secret: undefined,
      key: { pem: readEs256Key(own.nameOf("KEY_FILE"), path), id, teamId: own.require("TEAM_ID", "the ID of your team, of 10 characters") },
    };
  }
  // An issuer of one's own may take public clients, which have PKCE alone.
  const secret =
    presetName === "oidc"
      ? own.get("SECRET")
      : own.require("SECRET", `the client secret that ${name} shows for your app (docs/providers.md)`);
  return { secret, key: undefined };
}

function readEs256Key(name: string, path: string): string {
  const pem = readKeyFile(name, path);
  let curve: string | undefined;
  try {
    curve = createPrivateKey(pem).asymmetricKeyDetails?.namedCurve;
  } catch {
    curve = undefined;
  }
  if (curve !== "prime256v1") throw new SettingsError(`${name} is invalid: ${path} holds no private P-256 key in PEM format.`);
  return pem;
}

/** Read and ignored: without an ID token, a provider never says how a user logged in. */
function trustsAmr(name: string, { oauth }: Protocol, own: Variables): boolean {
  const isOn = own.choice("TRUST_AMR", ["off", "on"]) === "on";
  if (isOn && oauth !== undefined)
    throw new SettingsError(`${own.nameOf("TRUST_AMR")} must not be on: ${name} does not say how a user logged in.`);
  return isOn;
}

/** Without `openid`, there is no ID token. */
function scopesOf({ scopes, protocol }: Preset, own: Variables): readonly string[] {
  const given = own.list("SCOPES") ?? scopes;
  if (!protocol.oauth && !given.includes("openid")) throw own.refuse("SCOPES", "scopes with openid, such as openid email profile");
  return given;
}

function domainsOf(own: Variables): readonly string[] {
  const domains = (own.list("DOMAINS") ?? []).map((each) => each.toLowerCase());
  if (!domains.every(isDomain)) throw own.refuse("DOMAINS", "domains separated by commas, such as example.com");
  return domains;
}

/**
 * `groups:admins>admin`: a claim may be a URL, so its colon does not end it. Privilege escalation: of a provider with many tenants, anyone
 * administers one, and with it the groups of its users; and whoever takes a name that was freed would get its roles.
 */
function rolesOf({ ownClaims, chosenClaims = [], tenant, subject, oauth }: Protocol, own: Variables): readonly ClaimedRole[] {
  const rules = (own.get("ROLES")?.split(",") ?? []).map((each) => each.trim()).filter((each) => each !== "");
  return rules.map((rule) => {
    const [, claim, value, role] = /^((?:https?:\/\/)?[^:>\s]+):([^>]+)>([a-z0-9][a-z0-9-]{0,39})$/.exec(rule) ?? [];
    if (claim === undefined || value === undefined || role === undefined)
      throw own.refuse("ROLES", "rules such as groups:admins>admin (claim:value>role), separated by commas");
    if (ownClaims !== undefined && !ownClaims.includes(claim)) {
      const one = tenant === undefined ? "" : `, or set ${own.nameOf("TENANT")} to the ID of one tenant`;
      throw new SettingsError(
        `${own.nameOf("ROLES")} must not read ${quoted(claim)}: the administrators of any tenant decide it. Use ${ownClaims.join(" or ")}${one}.`,
      );
    }
    if (chosenClaims.includes(claim)) {
      const ids = oauth ? oauth.members.subject : (subject ?? ["sub"]).join(" or ");
      throw new SettingsError(`${own.nameOf("ROLES")} must not read ${quoted(claim)}: users choose it themselves. Use ${ids}.`);
    }
    return { claim, value, role };
  });
}
