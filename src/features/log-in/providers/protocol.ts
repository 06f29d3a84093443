/** Loads the protocol of providers at its first use. */
import { lazy } from "../../../platform/lazy.ts";

export const protocol = lazy(() => import("../../../core/providers/protocol.ts")).get;
