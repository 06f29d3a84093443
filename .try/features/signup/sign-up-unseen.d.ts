import { type NewUser } from "../../core/users.ts";
import type { Context } from "../../http/context.ts";
import type { Refusal } from "../../http/form.ts";
/** A letter goes out in any case: to confirm a new address, or to tell the owner of a known one. Names are public, so a taken one is told. */
export declare function signUpUnseen(c: Context, newUser: NewUser): Promise<Response | Refusal>;
