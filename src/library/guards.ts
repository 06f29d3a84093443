/** Guards the host app's routes by the rules of Latchkey's own pages. */

import type { Services } from "../core/services.ts";
import type { Visitor } from "../core/sessions/session.ts";
import type { User } from "../core/users/user.ts";
import { createRouteGuard, type GuardRequest } from "../http/pipeline.ts";
import { findByHeaders } from "../http/request/authenticate.ts";
import type { Guarded, GuardOptions, Latchkey } from "./latchkey.ts";

type Guards<Extra> = Pick<Latchkey<Extra>, "currentUser" | "loginRequired" | "recentAuthRequired" | "roleRequired" | "requireLevel">;

export function guards<Extra>(s: Services): Guards<Extra> {
  const guard = createRouteGuard(s);
  const asUser = ({ user }: Visitor) => user as unknown as User<Extra>;
  const pass = async (
    request: Request,
    { anyOrigin = false, level = 1, recentAuth = false }: GuardOptions = {},
    role?: string,
  ): Promise<Guarded<Extra>> => {
    const guarded: GuardRequest = { role, recentAuth, level, anyOrigin, visitor: undefined };
    const response = await guard(request, guarded);
    return guarded.visitor ? { ok: true, user: asUser(guarded.visitor) } : { ok: false, response };
  };
  return {
    currentUser: async ({ headers }) => {
      const visitor = await findByHeaders(s, (name) => headers.get(name) ?? undefined);
      return visitor && asUser(visitor);
    },
    loginRequired: (request, options) => pass(request, options),
    recentAuthRequired: (request, options) => pass(request, { ...options, recentAuth: true }),
    roleRequired: (request, role, options) => pass(request, options, role),
    requireLevel: (request, level, options) => pass(request, { ...options, level }),
  };
}
