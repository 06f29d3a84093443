/** Runs functions of the core in a transaction of their own. */
import { createUser as createUserInTransaction } from "../src/core/account/create-account.ts";
import { inTransaction, type Services, type Transaction } from "../src/core/services.ts";

export function transactional<Rest extends unknown[], T>(work: (tx: Transaction, ...rest: Rest) => Promise<T>) {
  return (s: Services, ...rest: Rest): Promise<T> => inTransaction(s, (tx) => work(tx, ...rest));
}

export const createUser = transactional(createUserInTransaction);
