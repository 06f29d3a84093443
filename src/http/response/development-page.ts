/** Limits pages of development to the developer's machine. */
import type { Services } from "../../core/services.ts";
import type { Context } from "../context.ts";
import { nonLocalReason } from "../request/local-request.ts";
import { answerNotFound } from "./not-found.ts";

/** Information leak: a deployment has no pages of development (ASVS 13.4.2). */
export function hasDevelopmentPages({ settings }: Services): boolean {
  return settings.deployedBy === undefined;
}

/** Wraps the handler of a page of development: other machines get the answer of an unknown path, and the log says why once. */
export function localOnly<Shown>(s: Services, path: string, show: (c: Context) => Shown): (c: Context) => Shown | Response {
  const logged = new Set<string>();
  return (c) => {
    const why = nonLocalReason(c);
    if (why === undefined) return show(c);
    if (!logged.has(why)) s.log.warn(`${path} is for this machine only and was not shown: ${why}.`);
    logged.add(why);
    return answerNotFound(new Map(), c);
  };
}
