/** The letters of a change of address: to the new one, to the old one, and to somebody whose address another account asked for. */
import type { Origin } from "../../core/audit.ts";
import type { EmailChanged } from "../../core/email-change.ts";
import type { Services } from "../../core/services.ts";
import type { Token } from "../../core/tokens.ts";
import type { UserRow } from "../../core/users.ts";
import { type Addressee } from "../../http/letters.ts";
/** To the new address, without a name: until the mailbox is proved, this may be a stranger's, and the name an advertisement. */
export declare function postCode(tx: Services, to: Addressee, { token, code }: {
    token: Token;
    code: string;
}): Promise<void>;
/** To whoever has the address already. It holds nothing that could open or change anything. */
export declare function postSomebodyTried(tx: Services, holder: UserRow): Promise<void>;
export declare function postChanged(tx: Services, { was, user, undo }: EmailChanged, origin: Origin): Promise<void>;
