/** What a site asks its people besides: its fields in words, what was typed into them, and what is wrong with it. */
import type { Services } from "../core/services.ts";
import { field } from "../ui/fields.ts";
import { type Html, html } from "../ui/html.ts";
import type { Context } from "./context.ts";
import type { FormState } from "./form.ts";

interface ExtraField {
  readonly name: string;
  readonly label: string;
}

export function extraFields({ custom }: Services): readonly ExtraField[] {
  return Object.entries(custom.extraUserFields?.shape ?? {}).map(([name, schema]) => ({ name, label: labelOf(name, schema) }));
}

export type ExtraRead =
  | { readonly ok: true; readonly extra: Readonly<Record<string, unknown>> | undefined }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** What was sent into these fields, as the site's schema has it; texts without the blanks around them. */
export function readExtra(c: Context): ExtraRead {
  const s = c.get("s");
  const schema = s.custom.extraUserFields;
  if (!schema) return { ok: true, extra: undefined };
  const body = c.get("body");
  const typed = extraFields(s).map(({ name }) => [name, trimmed(body[name])] as const);
  const read = schema.safeParse(Object.fromEntries(typed.filter(([, value]) => value !== undefined && value !== "")));
  if (read.success) return { ok: true, extra: read.data as Record<string, unknown> };
  const problems = read.error.issues.map(({ path, message }) => [String(path[0] ?? "form"), message]);
  return { ok: false, problems: Object.fromEntries(problems) as Record<string, string> };
}

export function extraInputs(s: Services, { values, problems }: FormState): Html {
  return html`${extraFields(s).map(({ name, label }) =>
    field({ name, label, type: "text", autocomplete: "off", value: values[name], problem: problems[name] }),
  )}`;
}

/** A zod field says it by `.meta({ title })`; else its name is put into words. */
function labelOf(name: string, schema: unknown): string {
  const { meta } = (schema ?? {}) as { meta?: () => { title?: string } | undefined };
  const title = typeof meta === "function" ? meta.call(schema)?.title : undefined;
  const words = name.replaceAll(/[_-]|(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return title ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function trimmed(value: unknown): unknown {
  return typeof value === "string" ? value.trim() : value;
}
