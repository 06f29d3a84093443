/** Turns the option `ownFeatures` into features. */
import { z } from "zod";
import type { User } from "../core/users/user.ts";
import type { Feature } from "../features/feature.ts";
import type { Context, FlashKind, FormError, FormState } from "../http/context.ts";
import { localeOf } from "../http/request/locale.ts";
import { flashSentence } from "../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../http/response/respond.ts";
import type { Routes } from "../http/routes.ts";
import type { Page } from "../ui/page.ts";
import { LatchkeyError, type OwnFeature, type OwnForm, type OwnPage, type Visit } from "./latchkey.ts";

/** Throws {@link LatchkeyError} `invalid` for an invalid name or path. */
export function asFeature(own: OwnFeature): Feature {
  if (!/^[a-z][a-z0-9-]*$/.test(own.name))
    throw new LatchkeyError("invalid", "ownFeatures: name must be lowercase letters, digits and hyphens, starting with a letter.", {
      option: "ownFeatures",
    });
  const paths = [...(own.pages ?? []), ...(own.forms ?? [])].map(({ path }) => path);
  const invalid = paths.find((path) => !/^(?:\/[a-z0-9][a-z0-9_-]*)+$/i.test(path));
  if (invalid !== undefined)
    throw new LatchkeyError("invalid", `ownFeatures: ${JSON.stringify(invalid)} is not a path such as /greeting.`, {
      option: "ownFeatures",
    });
  return {
    name: own.name,
    routes: (app) => {
      for (const page of own.pages ?? []) {
        app.page(page.path, async (c) => asPage(await page.show(visitOf(c))), accessOf(page));
      }
      for (const form of own.forms ?? []) addForm(app, form);
    },
    ...(own.settingsPage ? { settingsPage: settingsPageOf(own.settingsPage) } : {}),
  };
}

function addForm(app: Routes, form: OwnForm): void {
  // Each field is one string; `submit` validates it.
  const fields = z.object(Object.fromEntries(form.fields.map((name) => [name, z.string().default("")])));
  app.form(form.path, {
    fields,
    keep: form.keep ?? [],
    ...accessOf(form),
    ...(form.recentAuth ? { recentAuth: true } : {}),
    show: async (c, state: FormState) => asPage(await form.show(visitOf(c), state)),
    submit: async (c, data): Promise<Response | FormError> => {
      const done = await form.submit(visitOf(c), data as Record<string, string>);
      if (!done.ok)
        return { status: 422, code: "invalid", problems: done.problems ?? {}, ...(done.message ? { message: done.message } : {}) };
      if (wantsJson(c)) return answerJson(c, done.data ?? { done: true });
      if (done.message !== undefined) flashSentence(c, "success", done.message);
      return redirect(c, done.goTo);
    },
  });
}

function accessOf({ isPublic }: { readonly isPublic?: boolean }): { readonly access?: "public" } {
  return isPublic ? { access: "public" } : {};
}

function settingsPageOf({ path, title, text }: NonNullable<OwnFeature["settingsPage"]>): NonNullable<Feature["settingsPage"]> {
  return { group: "more", icon: "note", action: "open", path, title, purpose: text };
}

function asPage({ title, body, data, width }: OwnPage): Page {
  return { title, body: body as Page["body"], ...(data ? { json: data } : {}), ...(width ? { width } : {}) };
}

function visitOf(c: Context): Visit {
  return {
    user: c.get("visitor")?.user as User | undefined,
    locale: localeOf(c),
    query: (name) => c.req.query(name),
    url: (path) => c.get("s").settings.mountPath + path,
    flash: (kind: FlashKind, text) => flashSentence(c, kind, text),
  };
}
