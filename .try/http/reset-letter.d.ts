/** The letter with which a new password is chosen: asked for by its reader, or sent when an account was taken over. */
import type { Services } from "../core/services.ts";
import { type Addressee } from "./letters.ts";
/**
 * Posts it to the account's own address, never to what somebody typed (CVE-2019-19844). Older links are dead from then on.
 * Where there is no account, the same statements write a letter to nobody, so that neither words nor time tell (ASVS 6.3.8).
 */
export declare function postReset(tx: Services, user: Addressee | undefined): Promise<void>;
