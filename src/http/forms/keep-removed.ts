/** Asks whoever reports a compromise whether to restore what was removed from the account. */
import { z } from "zod";
import { firstNoticeAt, leadMs } from "../../core/account/take-back.ts";
import type { TokenRow } from "../../core/one-time-tokens/one-time-tokens.ts";
import { message } from "../../i18n/messages.ts";
import { lazy } from "../../platform/lazy.ts";
import { checkbox } from "../../ui/fields.ts";
import type { Html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { flash } from "../response/flash.ts";
import { messages } from "./keep-removed.messages.ts";
import { isChecked } from "./remember.ts";

/** Loaded with a report, since it needs the features of factors. */
const removedFactors = lazy(() => import("../../core/credentials/removed-factors.ts")).get;

/** `keep_removed`. Browsers send "on" for a checked box, and nothing for an unchecked one. */
export const keepRemovedField = z.union([z.boolean(), z.string()]).default(false).transform(isChecked);

/**
 * The checkbox, if a report by this link would restore something. Stolen device: an owner who has removed its passkey before the report must
 * not bring it back by the report.
 */
export async function keepRemovedBox(c: Context, row: TokenRow): Promise<Html | ""> {
  const s = c.get("s");
  const { hasRestorable } = await removedFactors();
  if (!(await hasRestorable(s, row.user_id, (await firstNoticeAt(s, row)) - leadMs))) return "";
  const t = translator(c, messages);
  return checkbox({ name: "keep_removed", label: t("label"), hint: t("hint"), checked: false });
}

/** Says that the box was not followed. */
export function flashRestoredAnyway(c: Context): void {
  flash(c, "warning", message(messages, "restoredAnyway"));
}
