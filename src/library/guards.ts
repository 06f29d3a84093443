/** Who may go on: the same rules as on our own pages, for an app's. */
import { createGate, type Gate } from "../app.ts";
import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions.ts";
import { findByHeaders } from "../http/visitor.ts";
import type { Guarded, GuardOptions, Latchkey, LatchkeyUser } from "./latchkey.ts";

type Guards<Extra> = Pick<Latchkey<Extra>, "currentUser" | "loginRequired" | "freshLoginRequired" | "roleRequired">;

export function guards<Extra>(s: Services): Guards<Extra> {
  const gate = createGate(s);
  const asUser = ({ user }: Visitor) => user as unknown as LatchkeyUser<Extra>;
  const pass = async (request: Request, demand: Gate["demand"], { anyOrigin = false }: GuardOptions = {}): Promise<Guarded<Extra>> => {
    const asked: Gate = { demand, anyOrigin, visitor: undefined };
    const response = await gate(request, asked);
    return asked.visitor ? { ok: true, user: asUser(asked.visitor) } : { ok: false, response };
  };
  return {
    currentUser: async ({ headers }) => {
      const visitor = await findByHeaders(s, (name) => headers.get(name) ?? undefined);
      return visitor && asUser(visitor);
    },
    loginRequired: (request, options) => pass(request, "login", options),
    freshLoginRequired: (request, options) => pass(request, "fresh login", options),
    roleRequired: (request, role, options) => pass(request, { role }, options),
  };
}
