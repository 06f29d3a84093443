/** Who may go on: the same rules as on our own pages, for an app's. */

import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions/session.ts";
import { createRouteGuard, type GuardRequest } from "../http/pipeline.ts";
import { findByHeaders } from "../http/request/authenticate.ts";
import type { Guarded, GuardOptions, Latchkey, LatchkeyUser } from "./latchkey.ts";

type Guards<Extra> = Pick<Latchkey<Extra>, "currentUser" | "loginRequired" | "freshLoginRequired" | "roleRequired">;

export function guards<Extra>(s: Services): Guards<Extra> {
  const guard = createRouteGuard(s);
  const asUser = ({ user }: Visitor) => user as unknown as LatchkeyUser<Extra>;
  const pass = async (
    request: Request,
    requires: GuardRequest["requires"],
    { anyOrigin = false }: GuardOptions = {},
  ): Promise<Guarded<Extra>> => {
    const asked: GuardRequest = { requires, anyOrigin, visitor: undefined };
    const response = await guard(request, asked);
    return asked.visitor ? { ok: true, user: asUser(asked.visitor) } : { ok: false, response };
  };
  return {
    currentUser: async ({ headers }) => {
      const visitor = await findByHeaders(s, (name) => headers.get(name) ?? undefined);
      return visitor && asUser(visitor);
    },
    loginRequired: (request, options) => pass(request, "session", options),
    freshLoginRequired: (request, options) => pass(request, "recent-auth", options),
    roleRequired: (request, role, options) => pass(request, { role }, options),
  };
}
