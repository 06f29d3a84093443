/** Carries the page that a form leads back to, in its field `next`. */
import { type Html, html } from "../../ui/html.ts";
import type { Context, FormState } from "../context.ts";
import { pageToReturnTo } from "../request/return-url.ts";

/** A page of this site, or of an app behind forward auth. Open redirect: validated here, and again when it is used (ASVS 3.7.2). */
export function nextOf(c: Context, form?: Pick<FormState, "values">): string | undefined {
  return pageToReturnTo(c.get("s").settings, form?.values["next"] ?? c.req.query("next"));
}

export function nextField(c: Context, form?: Pick<FormState, "values">): Html | "" {
  const next = nextOf(c, form);
  return next === undefined ? "" : html`<input type="hidden" name="next" value="${next}">`;
}
