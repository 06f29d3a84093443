/** Checks that each path of the option `pages` has a page. */
import type { Provider } from "../core/providers/provider.ts";
import type { Services } from "../core/services.ts";
import type { Feature } from "../features/feature.ts";
import type { Routes } from "../http/routes.ts";
import { suggest } from "../platform/suggest.ts";
import { LatchkeyError } from "./latchkey.ts";

/** Throws {@link LatchkeyError} `invalid`. Pages that a setting turns off are accepted, pages of a disabled feature are not. */
export function checkPages(s: Services, features: readonly Feature[], all: readonly Feature[]): void {
  const known = pathsOf(s, features);
  const unknown = Object.keys(s.custom.pages).find((path) => !known.includes(path));
  if (unknown === undefined) return;
  const owner = all.find((feature) => pathsOf(s, [feature]).includes(unknown));
  const meant = suggest(unknown.replace(/\/$/, ""), known) ?? known.find((path) => s.settings.mountPath + path === unknown);
  const why = owner ? `: the feature ${owner.name} is disabled.` : meant === undefined ? "." : `. Did you mean ${meant}?`;
  throw new LatchkeyError("invalid", `pages: no page at ${JSON.stringify(unknown)}${why}`, { option: "pages" });
}

/** Only its routes are registered. */
const anyProvider: Provider = {
  ...{
    id: "any",
    name: "Any",
    preset: "oidc",
    issuer: "https://any.invalid",
    clientId: "any",
    secret: undefined,
    key: undefined,
    scopes: [],
  },
  ...{ link: "off", signup: "off", domains: [], roles: [], trustAmr: false, keepTokens: false, protocol: { vouches: "never" } },
};

/** Paths of pages, whatever the settings turn off: the same options must be valid in development and production. */
function pathsOf(s: Services, features: readonly Feature[]): string[] {
  const open = { signup: "open", smtpUrl: undefined, deployedBy: undefined, isDeployed: false } as const;
  const providers = s.settings.providers.length > 0 ? s.settings.providers : [anyProvider];
  const settings = { ...s.settings, ...open, tokenAudiences: ["any"], forwardAuthHosts: ["any"], providers };
  const paths: string[] = [];
  const add = (path: string) => void paths.push(path);
  const app: Routes = { page: add, form: add, endpoint: () => {} };
  for (const feature of features) feature.routes(app, { ...s, settings }, features);
  return paths;
}
