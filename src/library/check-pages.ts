/** Refuses a site's own page for a path at which there is none. */
import type { Services } from "../core/services.ts";
import type { Feature } from "../features/feature.ts";
import type { Routes } from "../http/routes.ts";
import { suggest } from "../platform/suggest.ts";
import { LatchkeyError } from "./latchkey.ts";

/** Throws {@link LatchkeyError} `invalid`. A page of a flow that was left out is none; one that the settings close here may be open elsewhere. */
export function checkPages(s: Services, features: readonly Feature[], all: readonly Feature[]): void {
  const known = pathsOf(s, features);
  const strange = Object.keys(s.custom.pages).find((path) => !known.includes(path));
  if (strange === undefined) return;
  const owner = all.find((feature) => pathsOf(s, [feature]).includes(strange));
  const meant = suggest(strange.replace(/\/$/, ""), known) ?? known.find((path) => s.settings.mountPath + path === strange);
  const why = owner ? `, for the feature ${owner.name} is left out.` : meant === undefined ? "." : `; did you mean ${meant}?`;
  throw new LatchkeyError("invalid", `pages: there is no page at ${JSON.stringify(strange)}${why}`, { option: "pages" });
}

/** Paths at which these have pages where nothing is closed: the same code then starts in development and in production. */
function pathsOf(s: Services, features: readonly Feature[]): string[] {
  const open = { signup: "open", smtpUrl: undefined, deployedBy: undefined, isDeployed: false } as const;
  const settings = { ...s.settings, ...open, tokenAudiences: ["any"], forwardAuthHosts: ["any"] };
  const paths: string[] = [];
  const note = (path: string) => void paths.push(path);
  const app: Routes = { page: note, form: note, endpoint: () => {} };
  for (const feature of features) feature.routes(app, { ...s, settings }, features);
  return paths;
}
