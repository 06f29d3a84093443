/** Names the page of each stage of a login that waits. */
import type { ProofStage } from "../../../core/identities/proofs.ts";

export const pathOfStage = {
  email: "/signup/provider",
  code: "/signup/provider",
  username: "/signup/provider",
  link: "/login/link",
  claim: "/login/provider/claim",
  switch: "/login/provider/switch",
} as const satisfies Record<ProofStage, string>;
