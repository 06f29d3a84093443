/** Reads the checkbox "Remember me" of forms that log in. */
import { z } from "zod";

/** Browsers send "on" for a checked box, and nothing for an unchecked one. */
export const rememberField = z.union([z.boolean(), z.string()]).default(false).transform(isChecked);

export function isChecked(value: boolean | string | undefined): boolean {
  return value === true || (typeof value === "string" && !/^(?:|0|off|false|no)$/i.test(value));
}
