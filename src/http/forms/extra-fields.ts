/** Renders and reads the extra user fields of the host app. */
import type { Services } from "../../core/services.ts";
import { checkbox, field, select } from "../../ui/fields.ts";
import { type Html, html } from "../../ui/html.ts";
import type { Context, FormState } from "../context.ts";
import { isJson } from "../request/csrf.ts";
import { translator } from "../request/locale.ts";
import { type FieldShape, labelFromName, readFieldShape } from "./field-schema.ts";
import { messages } from "./form.messages.ts";

interface ExtraField extends FieldShape {
  readonly name: string;
  /** From `.meta({ title })`, or derived from the name. */
  readonly label: string;
}

export function extraFields({ custom }: Services): readonly ExtraField[] {
  return Object.entries(custom.extraUserFields?.shape ?? {}).map(([name, schema]) => {
    const shape = readFieldShape(schema);
    return { ...shape, name, label: shape.title ?? labelFromName(name) };
  });
}

export type ExtraRead =
  | { readonly ok: true; readonly extra: Readonly<Record<string, unknown>> | undefined }
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

/** Parses the values with the host app's schema. Texts of an HTML form are converted first. */
export function readExtraFields(c: Context): ExtraRead {
  const s = c.get("s");
  const schema = s.custom.extraUserFields;
  if (!schema) return { ok: true, extra: undefined };
  const body = c.get("body");
  const read = schema.safeParse(
    Object.fromEntries(
      extraFields(s)
        .map((each) => [each.name, isJson(c) ? trimText(body[each.name]) : parseFormValue(each, body[each.name])] as const)
        .filter(([, value]) => value !== undefined && value !== ""),
    ),
  );
  if (read.success) return { ok: true, extra: read.data as Record<string, unknown> };
  const problems = read.error.issues.map(({ path, message }) => [String(path[0] ?? "form"), message]);
  return { ok: false, problems: Object.fromEntries(problems.reverse()) as Record<string, string> };
}

/** HTML forms send only text, and nothing for an unchecked box. An empty field counts as missing. */
function parseFormValue({ kind, isNullable }: ExtraField, value: unknown): unknown {
  if (kind === "yes-or-no") return Array.isArray(value) ? value : isChecked(value);
  const text = trimText(value);
  if (text === "" && isNullable) return null;
  // An invalid number stays text, which the schema rejects.
  return kind === "number" && typeof text === "string" && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

export function extraInputs(s: Services, form: FormState): Html {
  const isFirst = Object.keys(form.values).length === 0;
  return html`${extraFields(s).map((each) => html`${input(each, form, isFirst)}\n`)}`;
}

function input(
  { name, label, kind, choices, isOptional, initial, description }: ExtraField,
  { values, problems }: FormState,
  isFirst: boolean,
) {
  const value = isFirst && initial !== undefined && initial !== null ? String(initial) : values[name];
  const props = {
    name,
    label,
    value,
    problem: problems[name],
    ...(description === undefined ? {} : { hint: description }),
    ...(isOptional ? { isOptional } : {}),
  } as const;
  if (kind === "yes-or-no") return checkbox({ ...props, checked: isChecked(value) });
  if (kind === "choice") return select({ ...props, choices });
  return field({ ...props, type: kind, autocomplete: "off" });
}

/** The value of a field as text. */
export function formatExtraValue(c: Context, { kind, choices }: Pick<ExtraField, "kind" | "choices">, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (kind === "yes-or-no") return translator(c, messages)(value === true ? "yes" : "no");
  return choices.find(([each]) => each === value)?.[1] ?? String(value);
}

function isChecked(value: unknown): boolean {
  return value === true || (typeof value === "string" && !/^(?:|0|off|false|no)$/i.test(value));
}

function trimText(value: unknown): unknown {
  return typeof value === "string" ? value.trim() : value;
}
