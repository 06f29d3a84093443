/** Reads from a zod schema how a form renders a field. */

type Choice = readonly [value: string, label: string];

export interface FieldShape {
  readonly kind: "text" | "email" | "number" | "choice" | "yes-or-no";
  readonly isOptional: boolean;
  /** Whether an empty field means null instead of missing. */
  readonly isNullable: boolean;
  readonly choices: readonly Choice[];
  /** The default value. */
  readonly initial: unknown;
  readonly title: string | undefined;
  readonly description: string | undefined;
}

/** The used parts of a zod schema: version 4 has `def`, version 3 `_def`. */
interface Schema {
  readonly def?: Definition;
  readonly _def?: Definition;
  readonly format?: unknown;
  readonly isEmail?: unknown;
  readonly meta?: () => { readonly title?: string; readonly description?: string } | undefined;
}

interface Definition {
  readonly type?: unknown;
  readonly typeName?: string;
  readonly innerType?: Schema;
  readonly schema?: Schema;
  readonly in?: Schema;
  readonly out?: Schema;
  readonly defaultValue?: unknown;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly values?: unknown;
  readonly value?: unknown;
  readonly options?: unknown;
}

export function readFieldShape(schema: unknown): FieldShape {
  let inner = (schema ?? {}) as Schema;
  let [isOptional, isNullable, initial, title, description] = [false, false, undefined as unknown, undefined, undefined] as [
    boolean,
    boolean,
    unknown,
    string | undefined,
    string | undefined,
  ];
  for (;;) {
    const meta = typeof inner.meta === "function" ? inner.meta() : undefined;
    title ??= meta?.title;
    description ??= meta?.description;
    const def = inner.def ?? inner._def ?? {};
    const type = typeOf(def);
    if (["optional", "default", "prefault", "catch"].includes(type)) isOptional = true;
    if (type === "nullable") isNullable = true;
    if (def.defaultValue !== undefined)
      initial ??= typeof def.defaultValue === "function" ? (def.defaultValue as () => unknown)() : def.defaultValue;
    const next = def.innerType ?? def.schema ?? (def.in && typeOf(def.in.def ?? {}) === "transform" ? def.out : def.in);
    if (!next) break;
    inner = next;
  }
  const choices = choicesOf(inner);
  return {
    kind: kindOf(inner, choices),
    isOptional: isOptional || isNullable,
    isNullable: isNullable && !isOptional,
    choices,
    initial,
    title,
    description,
  };
}

/** The type's name as in zod 4; zod 3 calls `optional` `ZodOptional`. */
function typeOf({ type, typeName }: Definition): string {
  return typeof type === "string" ? type : (typeName ?? "").replace(/^Zod/, "").toLowerCase();
}

function kindOf(schema: Schema, choices: readonly Choice[]): FieldShape["kind"] {
  const def = schema.def ?? schema._def ?? {};
  const type = typeOf(def);
  if (choices.length > 0) return "choice";
  // `z.literal(true)` is a checkbox that must be checked.
  if (type === "boolean" || (type === "literal" && literals(def).includes(true))) return "yes-or-no";
  if (type === "number" || type === "int") return "number";
  return schema.format === "email" || schema.isEmail === true ? "email" : "text";
}

function choicesOf(schema: Schema): readonly Choice[] {
  const def = schema.def ?? schema._def ?? {};
  const type = typeOf(def);
  if (type === "union" && Array.isArray(def.options)) {
    const values = (def.options as Schema[]).map((option) => literals(option.def ?? option._def ?? {}));
    const all = values.flat();
    return values.every((each) => each.length > 0) && all.every((each) => typeof each === "string") ? named(all) : [];
  }
  if (type === "literal") {
    const all = literals(def);
    return all.length > 1 && all.every((each) => typeof each === "string") ? named(all) : [];
  }
  if (!["enum", "nativeenum"].includes(type)) return [];
  const entries = def.entries ?? def.values ?? {};
  if (Array.isArray(entries)) return named(entries.map(String));
  return Object.entries(entries).flatMap(([key, value]): Choice[] =>
    typeof value === "string" ? [[value, key === value ? labelFromName(value) : labelFromName(key)]] : [],
  );
}

function literals({ type, typeName, values, value }: Definition): unknown[] {
  if (typeOf({ type, ...(typeName === undefined ? {} : { typeName }) }) !== "literal") return [];
  return Array.isArray(values) ? (values as unknown[]) : [value];
}

function named(values: readonly string[]): readonly Choice[] {
  return values.map((value) => [value, labelFromName(value)]);
}

/** `deskNumber` becomes "Desk number"; a name with a space is kept. */
export function labelFromName(name: string): string {
  if (name.includes(" ")) return name;
  const words = name.replaceAll(/[_-]|(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
