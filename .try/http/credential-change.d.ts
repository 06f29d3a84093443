/** What stands before a change to what opens an account, and what is said when it cannot be made. */
import type { Asker, CredentialRefusal } from "../core/credentials.ts";
import type { Context } from "./context.ts";
import type { Refusal } from "./form.ts";
export declare function credentialRefusal(reason: CredentialRefusal): Refusal;
/** The visitor's account as it is now, or a refusal while it is reported, before any work is done. `changeCredentials` asks again. */
export declare function readAsker(c: Context): Promise<{
    ok: true;
    asker: Asker;
} | {
    ok: false;
    refusal: Refusal;
}>;
