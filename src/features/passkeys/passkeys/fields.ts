/** Defines the fields of the requests about passkeys. */
import { z } from "zod";

/** The response of the browser: JSON, or its text in the hidden field of a form. */
const response = z.union([z.string(), z.record(z.string(), z.unknown())]).optional();
const session = z.enum(["cookie", "token"]).default("cookie");
/** What a JSON client without cookies got with the options. */
const ceremony = z.string().optional();
export const optionFields = z.object({
  purpose: z.enum(["login", "two-factor", "reauthentication"]).default("login"),
  pending: z.string().optional(),
  session,
});
export const verifyFields = z.object({
  purpose: z.enum(["login", "two-factor"]).default("login"),
  passkey: response,
  pending: z.string().optional(),
  ceremony,
  remember: z.union([z.boolean(), z.string()]).default(false),
  /** Of the second step: whether later ones are skipped in this browser. */
  trust: z.union([z.boolean(), z.string()]).default(false),
  next: z.string().optional(),
  session,
});
/** Set by the script that adds a passkey after a login with a password, without asking. */
const upgrade = z.string().optional();
/** Named apart from the proof of a re-authentication, which the same request may contain. */
export const addFields = z.object({ new_passkey: response, ceremony, upgrade, next: z.string().optional() });
export const creationFields = z.object({ upgrade });
export const renameFields = z.object({ id: z.string().default(""), name: z.string().default("") });
export const removeFields = z.object({ id: z.string().default("") });

export type VerifyData = z.output<typeof verifyFields>;
export type OptionData = z.output<typeof optionFields>;
