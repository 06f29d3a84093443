/** Encrypts and decrypts columns, each value bound to its row. */
import type { Schema } from "../db/schema.ts";
import type { Purpose } from "./key-purposes.ts";
import type { Services } from "./services.ts";

type Table = keyof Schema & string;
type ColumnOf<T extends Table> = keyof Schema[T] & string;

/** A column that is encrypted at rest. `latchkey secrets reencrypt` rewrites those listed in `core/maintenance/key-uses.ts`. */
export type EncryptedColumn = {
  readonly [T in Table]: {
    readonly table: T;
    readonly column: ColumnOf<T>;
    /** The primary key: text, and never changed. */
    readonly id: ColumnOf<T>;
    readonly purpose: Purpose;
  };
}[Table];

export function encryptColumn(s: Pick<Services, "keyring">, column: EncryptedColumn, id: string, text: string): string {
  return s.keyring.encrypt(column.purpose, text, bindingOf(column, id));
}

/** Throws a `DecryptionError`. */
export function decryptColumn(s: Pick<Services, "keyring">, column: EncryptedColumn, id: string, encrypted: string): string {
  return s.keyring.decrypt(column.purpose, encrypted, bindingOf(column, id));
}

/** The text, or undefined where no key of the ring decrypts it in this row. */
export function tryDecryptColumn(s: Pick<Services, "keyring">, column: EncryptedColumn, id: string, encrypted: string): string | undefined {
  return s.keyring.tryDecrypt(column.purpose, encrypted, bindingOf(column, id));
}

/** Ciphertext swapping: a value copied to another row or column does not decrypt there (CWE-345). */
function bindingOf({ table, column }: EncryptedColumn, id: string) {
  return { to: [`${table}.${column}`, id] };
}
