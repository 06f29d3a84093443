/** Refuses to remove the last second factor of an account that needs one. */

/** Thrown in the transaction of the removal, which it rolls back. */
export class FactorRequiredError extends Error {
  override name = "FactorRequiredError";
  constructor() {
    super("The policy of this site requires two-factor authentication for this account.");
  }
}
